import { currentRequest, type Timings } from '../http/request-context.js';

/**
 * An inference of the current request has just ended: its timings go into the answer's `Server-Timing` and into the
 * trace. Does nothing outside of a request.
 */
export function recordInference(timings: Timings): void {
  const request = currentRequest();
  if (!request) return;
  const { queue, tokenize, compute } = request.timings ?? { queue: 0, tokenize: 0, compute: 0 };
  request.timings = {
    queue: queue + timings.queue,
    tokenize: tokenize + timings.tokenize,
    compute: compute + timings.compute,
  };
  request.trace?.stages(timings);
}
