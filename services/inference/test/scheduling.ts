import { vi } from 'vitest';
import type { WorkerData } from '../dist/runtime/messages.js';
import { WorkerPool } from '../dist/runtime/worker-pool.js';
import type { Call, Part, PartResult } from '../dist/serving/model-queue.js';
import { type BatchReport, Scheduler } from '../dist/serving/scheduler.js';
import { type ServedModel, servedModel } from '../dist/serving/served-model.js';
import type { NamedTensor } from '../dist/serving/tensor.js';

/* A scheduler with real threads that run no model: fixtures/worker.mjs. */

export { DIE, FAIL, HOLD } from './fixtures/orders.mjs';

const slot = { name: 'x', datatype: 'FP32' as const, shape: ['batch'] };

/** A model that gives back what it is given. */
export function echo(id = 'echo', maxItems = 8): ServedModel {
  const manifest = { name: id, version: '1', model: 'x.onnx', files: [], batching: { maxItems } };
  const limits = { maxItems: 32, maxTokens: 1024, textLength: 500 };
  return servedModel(
    { id, home: '', manifest },
    { signature: { inputs: [slot], outputs: [slot] }, loadSeconds: 0 },
    limits,
  );
}

/** How often the gate has been opened that batches with HOLD wait at, and has not been passed since. */
const gate = new Int32Array(new SharedArrayBuffer(4));

/** Lets a worker go on that waits at the gate or comes to it. */
export function openGate(): void {
  Atomics.add(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** What workers are started with. The gate is closed. */
export function dataOf(...models: ServedModel[]): WorkerData & { gate: Int32Array } {
  Atomics.store(gate, 0, 0);
  return { models: models.map(({ id, home, manifest }) => ({ id, home, manifest })), maxTokens: 1024, gate };
}

/** A part with a row for each value. */
export function part(...values: number[]): Part {
  const inputs: NamedTensor[] = [
    { name: 'x', datatype: 'FP32', shape: [values.length], data: Float32Array.from(values) },
  ];
  return { inputs, rows: values.length, tokens: 0, key: '' };
}

interface PoolOptions {
  script?: string;
  onChange?: () => void;
}

export function newPool(size: number, { script = 'worker.mjs', onChange = vi.fn() }: PoolOptions = {}): WorkerPool {
  return new WorkerPool({
    script: new URL(`./fixtures/${script}`, import.meta.url),
    size,
    logger: { info: vi.fn(), warn: vi.fn() },
    onChange,
  });
}

export interface Bench {
  pool: WorkerPool;
  scheduler: Scheduler;
  model: ServedModel;
  /** Every batch that has run. */
  batches: BatchReport[];
  run: (values: number | number[], call?: Call) => Promise<number[]>;
}

/** A scheduler that serves `model` with its workers started. */
export async function newBench({ workers = 1, queueLimit = 100, model = echo() } = {}): Promise<Bench> {
  const batches: BatchReport[] = [];
  const pool: WorkerPool = newPool(workers, {
    onChange: () => {
      scheduler.dispatch();
    },
  });
  const scheduler = new Scheduler({
    pool,
    queueLimit,
    draining: () => false,
    onBatch: (report) => batches.push(report),
    onUnsplittable: vi.fn(),
  });
  await pool.start(dataOf(model));
  scheduler.open(model);
  const run = async (values: number | number[], call: Call = {}) =>
    valuesOf(await scheduler.submit(model, [part(...[values].flat())], call));
  return { pool, scheduler, model, batches, run };
}

export const valuesOf = (results: PartResult[]): number[] =>
  results.flatMap(({ outputs }) => [...(outputs[0]?.data as Float32Array)]);
