import type { RequestTrace } from '../telemetry/tracing.js';
import type { Route } from './route-table.js';

/** Seconds that an inference took: waiting for a worker, making tokens of its text, in the model. */
export interface Timings {
  queue: number;
  tokenize: number;
  compute: number;
}

/**
 * What belongs to the request being answered. It is handed on and not kept in an AsyncLocalStorage, which every promise
 * of a request would have to carry.
 */
export class RequestContext {
  /** Of its inference; undefined before the end of that. */
  timings: Timings | undefined;
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly started = performance.now();

  /** @param route that it fits, whatever its method; undefined when there is none */
  constructor(
    readonly id: string,
    readonly route: Route | undefined,
    readonly trace: RequestTrace | undefined,
  ) {}

  /** Fields by which a line of the log is found to be about this request. */
  get ids(): { request_id: string; trace_id: string | undefined } {
    return { request_id: this.id, trace_id: this.trace?.traceId };
  }

  /** Its inference has just ended: the timings go into the answer's `Server-Timing` and into the trace. */
  inferred(timings: Timings): void {
    this.timings = timings;
    this.trace?.stages(timings);
  }
}
