import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.js';
import type { Timings } from '../http/request-context.js';
import type { JsonLogger } from '../logger.js';

export type Logger = Pick<JsonLogger, 'warn'>;

/** The trace of one request: a span, and below it one for each stage of an inference. */
export interface RequestTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The header `traceresponse` of Trace Context Level 2: where the caller finds the span. None without a span. */
  readonly response?: string;
  /** An inference of the request has just ended. */
  stages(timings: Timings): void;
  /** The request has been answered with an HTTP status. */
  end(status: number): void;
}

/** A batch that has just run, and the traces of its requests. */
export interface BatchTrace {
  model: string;
  version: string;
  rows: number;
  reason: string;
  /** How long it took a worker. */
  seconds: number;
  traces: (RequestTrace | undefined)[];
}

/** Traces of the requests, in the trace of the caller if there is one (https://www.w3.org/TR/trace-context/). */
export abstract class Tracing {
  /** A request has come in: its trace, undefined when it belongs to none. */
  abstract begin(method: string, route: string | undefined, headers: IncomingHttpHeaders): RequestTrace | undefined;
  /** A batch has run; its results are not given out yet. */
  abstract batch(batch: BatchTrace): void;
  /** Sends what is not sent yet. Never throws: a collector that is away must not hold up anything. */
  abstract flush(): Promise<void>;
}

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;
const nothing = (): void => undefined;

/** Without a collector: of the caller's trace only its id is kept, for the log. */
class CallerTracing extends Tracing {
  begin(_method: string, _route: string | undefined, { traceparent }: IncomingHttpHeaders): RequestTrace | undefined {
    const traceId = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
    return traceId === undefined ? undefined : { traceId, stages: nothing, end: nothing };
  }

  batch(): void {
    // There are no spans.
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** The tracing that the configuration asks for. OpenTelemetry (15 MB of memory) is loaded only for a collector. */
export async function createTracing({ endpoint, sampleRatio }: Config['tracing'], logger: Logger): Promise<Tracing> {
  if (endpoint === '') return new CallerTracing();
  const { CollectorTracing } = await import('./collector.js');
  return new CollectorTracing(endpoint, sampleRatio, logger);
}
