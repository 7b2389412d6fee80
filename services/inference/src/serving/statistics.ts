import type { Duration, InferResult, ModelStatistics } from './model-server.js';

const none = (): Duration => ({ count: 0, ns: 0 });

export function emptyStatistics(name: string, version: string): ModelStatistics {
  return {
    name,
    version,
    lastInference: 0,
    inferenceCount: 0,
    executionCount: 0,
    success: none(),
    fail: none(),
    queue: none(),
    computeInput: none(),
    computeInfer: none(),
    computeOutput: none(),
  };
}

/** A request of `rows` was answered `seconds` after it came. */
export function countSuccess(
  statistics: ModelStatistics,
  rows: number,
  seconds: number,
  { queue, tokenize, compute }: InferResult['timings'],
): void {
  statistics.lastInference = Date.now();
  statistics.inferenceCount += rows;
  add(statistics.success, seconds);
  add(statistics.queue, queue);
  add(statistics.computeInput, tokenize);
  add(statistics.computeInfer, compute);
  add(statistics.computeOutput, 0);
}

export function countFailure(statistics: ModelStatistics, seconds: number): void {
  add(statistics.fail, seconds);
}

function add(duration: Duration, seconds: number): void {
  duration.count += 1;
  duration.ns += Math.round(seconds * 1e9);
}
