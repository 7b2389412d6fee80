import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.js';
import type { Timings } from '../http/request-context.js';
import { isHousekeeping } from '../http/route-table.js';

const propagator = new W3CTraceContextPropagator();
const getter = {
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
};

/** Traces of the requests (https://www.w3.org/TR/trace-context/). Without a collector only the caller's ids are kept. */
export class Tracing {
  constructor(
    private readonly tracer: Tracer,
    /** Sends what is not sent yet. Never throws: a collector that is away must not hold up anything. */
    readonly flush: () => Promise<void>,
  ) {}

  /** A request has come in. Probes and scrapes are not traced: they would bury the rest. */
  begin(method: string, route: string | undefined, headers: IncomingHttpHeaders): RequestTrace | undefined {
    if (route !== undefined && isHousekeeping(route)) return undefined;
    const parent = propagator.extract(ROOT_CONTEXT, headers, getter);
    const attributes = { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) };
    const name = route === undefined ? method : `${method} ${route}`;
    return new RequestTrace(this.tracer, this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
  }
}

/** The trace of one request: its span, and below it one for each stage of an inference. */
export class RequestTrace {
  constructor(
    private readonly tracer: Tracer,
    private readonly span: Span,
  ) {}

  /** 32 hexadecimal digits; undefined when the request belongs to no trace. */
  get traceId(): string | undefined {
    const context = this.span.spanContext();
    return trace.isSpanContextValid(context) ? context.traceId : undefined;
  }

  /** An inference has just ended. Its stages followed each other without a gap, so their ends are known from behind. */
  stages(timings: Timings): void {
    if (!this.span.isRecording()) return;
    const parent = trace.setSpan(ROOT_CONTEXT, this.span);
    let end = Date.now();
    for (const stage of ['compute', 'tokenize', 'queue'] as const) {
      const start = end - timings[stage] * 1000;
      this.tracer.startSpan(stage, { startTime: start }, parent).end(end);
      end = start;
    }
  }

  /** The request has been answered with an HTTP status. */
  end(status: number): void {
    this.span.setAttribute('http.response.status_code', status);
    if (status >= 500) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}

/** The tracing that the configuration asks for. The SDK is loaded only when there is a collector to send to. */
export async function createTracing({ endpoint, sampleRatio }: Config['tracing']): Promise<Tracing> {
  if (endpoint === '') return new Tracing(trace.getTracer('none'), () => Promise.resolve());
  const { exportingTracer } = await import('./exporter.js');
  return exportingTracer(endpoint, sampleRatio);
}
