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
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly started = performance.now();

  /**
   * @param route that it fits, whatever its method; undefined when there is none
   * @param onInferred called at the end of its inference
   */
  constructor(
    readonly id: string,
    readonly route: Route | undefined,
    readonly trace: RequestTrace | undefined,
    private readonly onInferred?: (timings: Timings) => void,
  ) {}

  /** Fields by which a line of the log is found to be about this request. */
  get ids(): { request_id: string; trace_id: string | undefined } {
    return { request_id: this.id, trace_id: this.trace?.traceId };
  }

  /** Its inference has just ended: the timings go into the answer and into the trace. */
  inferred(timings: Timings): void {
    this.onInferred?.(timings);
    this.trace?.stages(timings);
  }
}
