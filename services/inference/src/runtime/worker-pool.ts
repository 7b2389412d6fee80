import type { JsonLogger } from '../logger.js';
import type { LoadedModel, WorkerData } from './messages.js';
import { PoolWorker, type WorkerState } from './pool-worker.js';

export interface PoolOptions {
  /** The module that each worker runs; it speaks `WorkerMessage`. */
  script: URL;
  size: number;
  logger: Pick<JsonLogger, 'info' | 'warn'>;
  /** Called when a worker may have become free, or has gone. */
  onChange: () => void;
}

/** Milliseconds before a dead worker is replaced: doubled for each death without a start in between, up to the last. */
const RESPAWN_MS = { first: 100, last: 10_000 };

/** Worker threads that hold the same models. One that dies is replaced; all are, one by one, when the models change. */
export class WorkerPool {
  private readonly workers = new Set<PoolWorker>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private data: WorkerData = { models: [], maxTokens: 0 };
  private deaths = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {}

  /**
   * Starts all workers, one after the other: to load a model takes several times the memory that it then needs. Resolves
   * when all are ready, with the models by their ids; rejects with the error of one that fails to start.
   */
  async start(data: WorkerData): Promise<Record<string, LoadedModel>> {
    this.data = data;
    let models = {};
    while (this.workers.size < this.options.size && !this.closed) models = await this.spawn(data);
    return models;
  }

  /**
   * Changes the models without a pause: a worker with the new ones is started before one with the old ones ends.
   * @param flip called with the new models when the first new worker is ready; resolves when the old ones have no
   * more work waiting
   * @throws Error when the first new worker does not start; then nothing has changed
   */
  async replace(data: WorkerData, flip: (models: Record<string, LoadedModel>) => Promise<void>): Promise<void> {
    const models = await this.spawn(data);
    this.data = data;
    await flip(models);
    for (let old = this.outdated(); old && !this.closed; old = this.outdated()) {
      if (this.workers.size <= this.options.size) {
        await this.spawn(data).catch((error: unknown) => {
          this.respawn(messageOf(error));
        });
      }
      await old.end();
    }
  }

  /** The workers that may be given a batch of `model` now. */
  idle(model: string): PoolWorker[] {
    return [...this.workers].filter((worker) => worker.state === 'idle' && worker.holds(model));
  }

  /** Whether a worker that is alive holds `model`. */
  holds(model: string): boolean {
    return [...this.workers].some((worker) => isAlive(worker) && worker.holds(model));
  }

  /** Workers in each state. */
  states(): Record<WorkerState, number> {
    const counts = { starting: 0, idle: 0, busy: 0, ending: 0 };
    for (const { state } of this.workers) counts[state] += 1;
    return counts;
  }

  /** Workers that can run batches. */
  get alive(): number {
    return [...this.workers].filter(isAlive).length;
  }

  /** Ends all workers when they are done with what they are doing. */
  async close(): Promise<void> {
    this.closed = true;
    this.timers.forEach(clearTimeout);
    await Promise.all([...this.workers].map((worker) => worker.end()));
  }

  private outdated(): PoolWorker | undefined {
    return [...this.workers].find((worker) => worker.data !== this.data && worker.state !== 'ending');
  }

  private async spawn(data: WorkerData): Promise<Record<string, LoadedModel>> {
    const worker = new PoolWorker(this.options.script, data);
    this.workers.add(worker);
    let started = false;
    void worker.ended.then((cause) => {
      this.workers.delete(worker);
      if (cause !== undefined && started && !this.closed) this.respawn(cause);
      this.options.onChange();
    });
    const { models, warnings } = await worker.ready.catch((cause: unknown) => {
      throw new Error(`a worker did not start: ${messageOf(cause)}`, { cause });
    });
    started = true;
    this.deaths = 0;
    for (const warning of warnings) this.options.logger.warn(warning);
    this.options.onChange();
    return models;
  }

  private respawn(cause: string): void {
    const delay = Math.min(RESPAWN_MS.first * 2 ** this.deaths, RESPAWN_MS.last);
    this.deaths += 1;
    this.options.logger.warn('a worker died and is replaced', { cause, delay_ms: delay });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // A change of the models may have started one in its place.
      if (this.workers.size >= this.options.size) return;
      this.spawn(this.data).then(
        () => {
          this.options.logger.info('a worker was replaced');
        },
        (error: unknown) => {
          if (!this.closed) this.respawn(messageOf(error));
        },
      );
    }, delay);
    this.timers.add(timer);
  }
}

const isAlive = ({ state }: PoolWorker) => state === 'idle' || state === 'busy';

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
