import { type Metadata, type ServerDuplexStream, type ServerUnaryCall, status as Status } from '@grpc/grpc-js';
import { inRequest } from '../http/request-context.js';
import { requestId } from '../http/request-id.js';
import type { JsonLogger } from '../logger.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import { refusal } from '../security/admission.js';
import { type ApiKeys, bearerKey } from '../security/api-keys.js';
import type { Scope } from '../security/scopes.js';
import type { InferRequest } from '../serving/model-server.js';
import type { Tracing } from '../telemetry/tracing.js';
import { type CallError, httpStatus, toCallError } from './status.js';

/** What every call needs beside its own work. */
export interface CallParts {
  keys: ApiKeys;
  metrics: RequestMetrics;
  tracing: Tracing;
  logger: JsonLogger;
}

/** How long the client of a call waits: until its deadline, or until it has gone. */
export type Patience = Pick<InferRequest, 'deadline' | 'signal'>;

/** A call, or one request of a stream. */
export interface Task {
  /** Of the method: `/package.Service/Method`. */
  path: string;
  /** What the client's key must be good for. */
  scope: Scope;
  metadata: Metadata;
}

/**
 * Does the work of a task: lets it in, and tells metrics, log and trace of it.
 * @throws CallError
 */
export async function perform<T>(
  { keys, metrics, tracing, logger }: CallParts,
  { path, scope, metadata }: Task,
  work: () => T | Promise<T>,
): Promise<T> {
  const headers = headersOf(metadata);
  const trace = tracing.begin('POST', path, headers);
  const started = performance.now();
  const context = {
    id: requestId(headers['x-request-id']),
    route: { template: path, methods: new Set(['POST']) },
    started,
    trace,
    timings: undefined,
  };
  const finish = metrics.begin(path);
  const end = (code: Status) => {
    const milliseconds = performance.now() - started;
    finish(httpStatus(code), milliseconds / 1000);
    trace?.end(httpStatus(code));
    logger.debug('call', { endpoint: path, status: Status[code], duration_ms: milliseconds });
  };
  return inRequest(context, async () => {
    try {
      const refused = refusal(keys, bearerKey(headers.authorization), scope);
      if (refused) throw refused;
      const result = await work();
      end(Status.OK);
      return result;
    } catch (error) {
      const callError = toCallError(error);
      if (callError.code === Status.INTERNAL) logger.error('call failed', error);
      end(callError.code);
      throw asThrown(callError);
    }
  });
}

/** A thing to throw: grpc-js takes any object with a code for an error of the call. */
const asThrown = (error: CallError): Error => Object.assign(new Error(error.details), error);

function headersOf(metadata: Metadata): Record<string, string> {
  const entries = Object.entries(metadata.getMap());
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

export function patienceOf(call: ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>): Patience {
  const gone = new AbortController();
  // Also when the deadline passes: grpc-js ends the call then.
  call.once('cancelled', () => {
    gone.abort();
  });
  const deadline = Number(call.getDeadline());
  return {
    signal: gone.signal,
    deadline: Number.isFinite(deadline) ? performance.now() + deadline - Date.now() : undefined,
  };
}
