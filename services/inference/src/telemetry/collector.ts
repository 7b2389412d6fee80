import { type Link, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import type { Timings } from '../http/request-context.js';
import { isHousekeeping } from '../http/route-table.js';
import { SERVICE, VERSION } from '../service-info.js';
import { type BatchTrace, type Logger, type RequestTrace, Tracing } from './tracing.js';

/** Milliseconds for one request to the collector. */
const EXPORT_TIMEOUT = 5_000;

const propagator = new W3CTraceContextPropagator();
const getter = {
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
};

/** Traces that go to a collector in batches; beyond the 2048 spans that the SDK keeps they are dropped. */
export class CollectorTracing extends Tracing {
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;

  /** @param url of the collector's OTLP/HTTP endpoint for traces */
  constructor(
    url: string,
    sampleRatio: number,
    private readonly logger: Logger,
  ) {
    super();
    setGlobalErrorHandler((error) => {
      this.warn(error);
    });
    this.provider = new BasicTracerProvider({
      // In a pod the host name is the pod's.
      resource: resourceFromAttributes({
        'service.name': SERVICE,
        'service.version': VERSION,
        'service.instance.id': hostname(),
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT }))],
    });
    this.tracer = this.provider.getTracer(SERVICE, VERSION);
  }

  /** Probes and scrapes are not traced: they would bury the rest. */
  begin(method: string, route: string | undefined, headers: IncomingHttpHeaders): RequestTrace | undefined {
    if (route !== undefined && isHousekeeping(route)) return undefined;
    const parent = propagator.extract(ROOT_CONTEXT, headers, getter);
    const attributes = { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) };
    const name = route === undefined ? method : `${method} ${route}`;
    return new SpanTrace(this.tracer, this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
  }

  /** One span for all requests of the batch, in the trace of the first, with links to each. */
  batch({ model, version, rows, reason, seconds, traces }: BatchTrace): void {
    const requests = [...new Set(traces)].filter(isRecording);
    const [first] = requests;
    if (!first) return;
    const end = Date.now();
    const span = this.tracer.startSpan(
      'batch',
      {
        startTime: end - seconds * 1000,
        links: requests.map(linkTo),
        attributes: {
          'inference.model': model,
          'inference.version': version,
          'inference.rows': rows,
          'inference.release': reason,
        },
      },
      trace.setSpan(ROOT_CONTEXT, first.span),
    );
    span.end(end);
    for (const request of requests) request.batches.push(linkTo({ span }));
  }

  flush(): Promise<void> {
    return this.provider.forceFlush().catch((error: unknown) => {
      this.warn(error);
    });
  }

  /** The SDK sends every five seconds at most, so this is one line in that time. */
  private warn(error: unknown): void {
    this.logger.warn('traces could not be sent to the collector', error);
  }
}

const isRecording = (trace: RequestTrace | undefined): trace is SpanTrace =>
  trace instanceof SpanTrace && trace.span.isRecording();

const linkTo = ({ span }: { span: Span }): Link => ({ context: span.spanContext() });

class SpanTrace implements RequestTrace {
  /** Links to the batches of the inference that goes on. */
  batches: Link[] = [];

  constructor(
    private readonly tracer: Tracer,
    readonly span: Span,
  ) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  get response(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** The stages followed each other without a gap and the last ends now, so their times are known from behind. */
  stages(timings: Timings): void {
    if (!this.span.isRecording()) return;
    const parent = trace.setSpan(ROOT_CONTEXT, this.span);
    let end = Date.now();
    for (const stage of ['compute', 'tokenize', 'queue'] as const) {
      const start = end - timings[stage] * 1000;
      const links = stage === 'compute' ? this.batches.splice(0) : [];
      this.tracer.startSpan(stage, { startTime: start, links }, parent).end(end);
      end = start;
    }
  }

  end(status: number): void {
    this.span.setAttribute('http.response.status_code', status);
    if (status >= 500) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}
