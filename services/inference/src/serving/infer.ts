import type { ModelMetrics } from '../metrics/model-metrics.js';
import type { WorkerPool } from '../runtime/worker-pool.js';
import type { Catalog } from './catalog.js';
import { obstacle, type PartResult, rowsOf } from './model-queue.js';
import { type InferRequest, type InferResult, ServingError } from './model-server.js';
import { partsOf } from './request-parts.js';
import { stackAll } from './rows.js';
import type { Scheduler } from './scheduler.js';
import { countFailure, countSuccess } from './statistics.js';
import type { NamedTensor } from './tensor.js';

/** What requests are served with, once the models are being loaded. */
export interface Serving {
  catalog: Catalog;
  scheduler: Scheduler;
  pool: WorkerPool;
}

/**
 * One request, from the check of its inputs to its outputs: a single function, because the promise of each one more is a
 * hundredth of the work of a small request.
 * @param serving what there is to serve with; throws while there is nothing yet
 * @throws ServingError
 */
export async function infer(
  request: InferRequest,
  serving: () => Serving,
  metrics: Pick<ModelMetrics, 'inferenceEnded'>,
): Promise<InferResult> {
  const { catalog, scheduler, pool } = serving();
  const model = catalog.get(request.model, request.version);
  const { name, version, postprocessing } = model.manifest;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const reason = obstacle(request, started);
    if (reason) throw reason;
    const parts = partsOf(request, model, pool.alive);
    const results = await scheduler.submit(model, parts, request);
    const timings = timingsOf(results);
    countSuccess(model.statistics, rowsOf(parts), seconds(), timings);
    metrics.inferenceEnded(model.manifest, 'ok');
    request.context?.inferred(timings);
    return { model: name, version, outputs: outputsOf(results), labels: postprocessing?.labels, timings };
  } catch (error) {
    countFailure(model.statistics, seconds());
    metrics.inferenceEnded(model.manifest, error instanceof ServingError ? error.code : 'failed');
    throw error;
  }
}

/** Parts wait at the same time, and batches take their time one after the other. */
function timingsOf(results: readonly PartResult[]): InferResult['timings'] {
  const [first] = results;
  if (first && results.length === 1) {
    const { tokenize, compute } = first.batch;
    return { queue: first.queued, tokenize, compute };
  }
  const batches = [...new Set(results.map(({ batch }) => batch))];
  return {
    queue: Math.max(...results.map(({ queued }) => queued)),
    tokenize: batches.reduce((sum, { tokenize }) => sum + tokenize, 0),
    compute: batches.reduce((sum, { compute }) => sum + compute, 0),
  };
}

function outputsOf(results: readonly PartResult[]): NamedTensor[] {
  const [first] = results;
  if (first && results.length === 1) return first.outputs;
  return stackAll(results.map(({ outputs }) => outputs));
}
