import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { Readiness } from '../health/readiness.js';
import type { RequestContext } from '../http/request-context.js';
import { JsonLogger } from '../logger.js';
import { RequestMetrics } from '../metrics/request-metrics.js';
import { Admission } from '../security/admission.js';
import type { ModelServer } from '../serving/model-server.js';
import { Tracing } from '../telemetry/tracing.js';
import { CONFIG, MODEL_SERVER } from '../tokens.js';
import { type CallParts, perform, termsOf } from './call.js';
import { Health } from './health.js';
import { inferenceMethods, inferFunction, type UnaryMethod } from './inference.service.js';
import { healthProto, inferenceProto } from './protos.js';
import { reflection, reflectionServices } from './reflection.js';
import type { CallError } from './status.js';
import { type InferStream, serveStream } from './stream.js';

const OPTIONS = {
  // A client that vanished without a word would keep its streams: it is asked every minute whether it is there.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // A client keeps one connection, and so one pod: now and then it has to choose anew, or new pods would stay idle.
  'grpc.max_connection_age_ms': 300_000,
  // Each may bring a message of the largest size.
  'grpc.max_concurrent_streams': 128,
};

/** Milliseconds that a connection may live on after GOAWAY: the end of the process is sooner. */
const DRAIN_GRACE = 600_000;

/** The Open Inference Protocol v2 over gRPC, with health and reflection, beside HTTP in the same process. */
@Injectable()
export class GrpcServer {
  private readonly server: Server;
  private readonly health: Health;
  private readonly parts: CallParts;
  private readonly closing = new AbortController();
  private address = '';

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(MODEL_SERVER) models: ModelServer,
    readiness: Readiness,
    admission: Admission,
    metrics: RequestMetrics,
    tracing: Tracing,
    logger: JsonLogger,
  ) {
    this.parts = { admission, metrics, tracing, logger };
    this.health = new Health(readiness);
    this.server = new Server({ ...OPTIONS, 'grpc.max_receive_message_length': config.limits.inferBytes });
    this.server.addService(inferenceProto.service('GRPCInferenceService'), {
      ...this.unaryMethods(inferenceMethods({ models, readiness, config })),
      ModelStreamInfer: this.stream(inferFunction(models, config)),
    });
    this.server.addService(healthProto.service('Health'), this.health.methods);
    for (const service of reflectionServices) this.server.addService(service, reflection);
  }

  /**
   * @param address `host:port`; port 0 takes a free one
   * @returns the port
   */
  async listen(address: string): Promise<number> {
    const credentials = ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(address, credentials, (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    this.address = address.replace(/:0$/, `:${String(port)}`);
    return port;
  }

  /** Asks the clients to go elsewhere (GOAWAY) while what they have sent is served, and what they still send. */
  drain(): void {
    if (this.address !== '') this.server.drain(this.address, DRAIN_GRACE);
  }

  /** Stops listening and ends the streams between two of their requests. @returns when the last call has been answered */
  stop(): Promise<void> {
    this.closing.abort();
    this.health.close();
    return promisify(this.server.tryShutdown.bind(this.server))();
  }

  /** Ends whatever is still under way. */
  end(): void {
    this.server.forceShutdown();
  }

  private unaryMethods(methods: Record<string, UnaryMethod>): UntypedServiceImplementation {
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [name, this.unary(pathOf(name), method)]),
    );
  }

  private unary(path: string, { scope, handle }: UnaryMethod): handleUnaryCall<unknown, unknown> {
    return (call, callback) => {
      const work = async (context?: RequestContext) => handle(call.request as never, { ...termsOf(call), context });
      const task = scope && { path, scope, call };
      (task ? perform(this.parts, task, work) : work()).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(error as CallError);
        },
      );
    };
  }

  private stream(infer: ReturnType<typeof inferFunction>) {
    return (call: InferStream) => {
      const terms = termsOf(call);
      const task = { path: pathOf('ModelStreamInfer'), scope: 'predict', call } as const;
      serveStream(call, this.closing.signal, (request) =>
        perform(this.parts, task, (context) => infer(request, { ...terms, context })),
      );
    };
  }
}

const pathOf = (method: string) => `/inference.GRPCInferenceService/${method}`;
