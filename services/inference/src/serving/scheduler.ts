import type { RunResult } from '../runtime/messages.js';
import { type PoolWorker, RunError } from '../runtime/pool-worker.js';
import type { WorkerPool } from '../runtime/worker-pool.js';
import { deliver } from './deliver.js';
import { type Call, ModelQueue, type Part, type PartResult, rowsOf, type Waiting } from './model-queue.js';
import { ServingError } from './model-server.js';
import { stackAll } from './rows.js';
import type { ServedModel } from './served-model.js';

/** Why a batch was given to a worker: it could take no more, a worker was free, or the service is ending. */
export type ReleaseReason = 'full' | 'idle' | 'drain';

/** A batch that has run. */
export interface BatchReport {
  model: string;
  version: string;
  rows: number;
  reason: ReleaseReason;
  /** The requests that it has parts of, once for each part. */
  calls: Call[];
  /** Seconds that each of its parts waited. */
  queued: number[];
  result: RunResult;
}

export interface SchedulerOptions {
  pool: WorkerPool;
  /** Rows that may wait for one model. */
  queueLimit: number;
  /** Whether the service is ending. */
  draining: () => boolean;
  onBatch: (report: BatchReport) => void;
  /** A model gives outputs that cannot be told apart by request; called for each such batch. */
  onUnsplittable: (model: ServedModel) => void;
}

/** Milliseconds between looks at the queues for clients that have gone and times that are over. */
const SWEEP_MS = 25;
/** Weight of the newest measurement in the mean time that a row takes. */
const NEWEST = 0.1;

/**
 * Gives what waits to the workers. A batch is formed when a worker is free, of all that has come by then, shared among
 * the workers that are: alone, a request waits for nothing; under load, batches grow by themselves. Models take turns.
 */
export class Scheduler {
  private readonly queues = new Map<string, ModelQueue>();
  /** Mean seconds of a worker for one row, by model. */
  private readonly rowSeconds = new Map<string, number>();
  private sweeper: NodeJS.Timeout | undefined;
  private arrivals: NodeJS.Immediate | undefined;

  constructor(private readonly options: SchedulerOptions) {}

  /** Opens a queue for the model. */
  open(model: ServedModel): void {
    this.queues.set(model.id, new ModelQueue(model));
  }

  /** Closes the queue of a model that gets no new requests, when all that is in it is done. */
  async close(model: ServedModel): Promise<void> {
    const queue = this.queues.get(model.id);
    if (!queue) return;
    queue.closing = true;
    await queue.empty();
    this.queues.delete(model.id);
    this.rowSeconds.delete(model.id);
  }

  /** Rows that wait, of a model or of all. */
  depth(model: ServedModel): number {
    return this.queues.get(model.id)?.rows ?? 0;
  }

  /**
   * Runs the parts of a request, all or none.
   * @throws ServingError `overloaded` when the queue is full, `deadline`, `cancelled`, `not-ready`; `invalid` when the
   * model cannot run it
   */
  submit(model: ServedModel, parts: readonly Part[], call: Call): Promise<PartResult[]> {
    const queue = this.queues.get(model.id);
    if (!queue) throw gone();
    this.makeRoom(model, parts);
    this.dispatchSoon();
    const since = performance.now();
    const results = new Array<PartResult>(parts.length);
    let missing = parts.length;
    // One promise for all parts, not one for each: of a small request each is a hundredth of the work.
    return new Promise((settle, reject) => {
      parts.forEach((part, i) => {
        const resolve = (result: PartResult) => {
          results[i] = result;
          missing -= 1;
          if (missing === 0) settle(results);
        };
        // Named and not spread, as in all that each request passes: V8 takes a microsecond to copy an object by `...`.
        queue.add({ part, call, since, alone: false, resolve, reject });
      });
    });
  }

  /** Dispatches when all that has come in by now is in the queues, so that it makes few batches instead of many. */
  private dispatchSoon(): void {
    this.arrivals ??= setImmediate(() => {
      this.dispatchArrivals();
    });
  }

  private dispatchArrivals(): void {
    clearImmediate(this.arrivals);
    this.arrivals = undefined;
    this.dispatch();
  }

  /** Gives every free worker a batch. */
  dispatch(): void {
    for (let next = this.next(); next; next = this.next()) {
      const { queue, worker, share } = next;
      const { parts, full } = queue.take(share);
      // To the end of the line, so that a flooded model does not keep the others waiting.
      this.queues.delete(queue.model.id);
      this.queues.set(queue.model.id, queue);
      const reason = full ? 'full' : this.options.draining() ? 'drain' : 'idle';
      void this.run(queue, worker, parts, reason);
    }
    this.watchQueues();
  }

  /** Refuses all that waits. */
  stop(): void {
    clearTimeout(this.sweeper);
    for (const queue of this.queues.values()) queue.rejectAll(gone());
  }

  /** Why `rows` of the model would not be taken now; undefined when the queue has room for them. */
  overload(model: ServedModel, rows = 1): ServingError | undefined {
    const { queueLimit, pool } = this.options;
    const queue = this.queues.get(model.id);
    if (!queue || queue.rows + rows <= queueLimit) return undefined;
    // A worker may be free for what has only just come.
    if (this.arrivals) this.dispatchArrivals();
    const waiting = queue.rows;
    if (waiting + rows <= queueLimit) return undefined;
    const seconds = ((waiting + rows) * (this.rowSeconds.get(model.id) ?? 0)) / Math.max(1, pool.alive);
    return new ServingError(
      'overloaded',
      `${String(waiting)} items wait for ${model.manifest.name} already; try again later`,
      Math.max(1, Math.ceil(seconds)),
    );
  }

  private makeRoom(model: ServedModel, parts: readonly Part[]): void {
    const { queueLimit } = this.options;
    const rows = rowsOf(parts);
    if (rows > queueLimit)
      throw new ServingError(
        'invalid',
        `the request has ${String(rows)} rows; at most ${String(queueLimit)} are taken`,
      );
    const overload = this.overload(model, rows);
    if (overload) throw overload;
  }

  /** The next model that has something waiting and a worker free for it, with the rows that are this worker's share. */
  private next(): { queue: ModelQueue; worker: PoolWorker; share: number } | undefined {
    const now = performance.now();
    for (const queue of this.queues.values()) {
      const idle = queue.length > 0 ? this.options.pool.idle(queue.model.id) : [];
      const [worker] = idle;
      if (!worker) continue;
      queue.sweep(now);
      if (queue.length > 0) return { queue, worker, share: queue.rows / idle.length };
    }
    return undefined;
  }

  private async run(queue: ModelQueue, worker: PoolWorker, parts: Waiting[], reason: ReleaseReason): Promise<void> {
    const { model } = queue;
    const started = performance.now();
    const rows = rowsOf(parts.map(({ part }) => part));
    queue.running += 1;
    try {
      const inputs = stackAll(parts.map(({ part }) => part.inputs));
      const result = await worker.run({ model: model.id, inputs, outputs: parts[0]?.call.outputs });
      this.measure(model, (performance.now() - started) / 1000 / rows);
      model.statistics.executionCount += 1;
      const queued = parts.map(({ since }) => (started - since) / 1000);
      const { name, version } = model.manifest;
      const calls = parts.map(({ call }) => call);
      this.options.onBatch({ model: name, version, rows, reason, calls, queued, result });
      this.settle(queue, parts, rows, result, queued);
    } catch (error) {
      this.fail(queue, parts, error);
    }
    queue.running -= 1;
    queue.checkEmpty();
    this.dispatch();
  }

  /** Answers the parts, or runs each by itself where the outputs cannot be told apart. */
  private settle(queue: ModelQueue, parts: Waiting[], rows: number, result: RunResult, queued: number[]): void {
    if (parts.length === 1 || result.outputs.every(({ shape }) => shape[0] === rows)) {
      deliver(parts, result, queued).catch((error: unknown) => {
        this.fail(queue, parts, error);
      });
    } else {
      this.options.onUnsplittable(queue.model);
      queue.putBack(parts);
    }
  }

  private fail(queue: ModelQueue, parts: Waiting[], error: unknown): void {
    if (!(error instanceof RunError)) {
      for (const { reject } of parts) reject(error as Error);
    } else if (parts.length > 1) {
      queue.putBack(parts);
    } else {
      // The model runs and the input fits its signature, so it is the values that it cannot take; no text is such.
      const code = queue.model.text ? 'failed' : 'invalid';
      parts[0]?.reject(new ServingError(code, `the model cannot run this input: ${error.message}`));
    }
  }

  private measure({ id }: ServedModel, seconds: number): void {
    const mean = this.rowSeconds.get(id) ?? seconds;
    this.rowSeconds.set(id, mean + NEWEST * (seconds - mean));
  }

  private watchQueues(): void {
    const waiting = [...this.queues.values()].filter(({ length }) => length > 0);
    if (waiting.length === 0 || this.sweeper) return;
    this.sweeper = setTimeout(() => {
      this.sweeper = undefined;
      const now = performance.now();
      for (const queue of this.queues.values()) {
        queue.sweep(now);
        // A worker that dies is replaced by one with the present models, so nobody is left to run those of before.
        if (queue.closing && !this.options.pool.holds(queue.model.id)) queue.rejectAll(gone());
      }
      this.watchQueues();
    }, SWEEP_MS);
  }
}

const gone = () => new ServingError('not-ready', 'the model is being taken away; try again', 1);
