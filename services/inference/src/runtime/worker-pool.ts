import { Worker } from 'node:worker_threads';
import type { JsonLogger } from '../logger.js';
import type { WorkerData, WorkerMessage, WorkerOrder } from './messages.js';

/** Why a task was not done though nothing is wrong with it; a later try may succeed. */
export class PoolUnavailable extends Error {
  override readonly name = 'PoolUnavailable';
  constructor(
    readonly reason: 'queue-full' | 'worker-lost' | 'closed',
    message: string,
  ) {
    super(message);
  }
}

export interface PoolOptions {
  /** The module that each worker runs; it speaks `WorkerMessage`. */
  script: URL;
  size: number;
  data: WorkerData;
  /** Tasks that may wait; one more is refused. */
  queueLimit: number;
  logger: Pick<JsonLogger, 'info' | 'warn'>;
}

export interface Result {
  output: unknown;
  /** Time the worker spent on it. */
  seconds: number;
}

interface Job {
  id: number;
  model: string;
  input: unknown;
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

interface Member {
  worker: Worker;
  state: 'starting' | 'idle' | 'busy';
  job?: Job | undefined;
}

/** Milliseconds before a dead worker is replaced: doubled for each death without a start in between, up to the last. */
const RESPAWN_MS = { first: 100, last: 10_000 };

/** Worker threads that run one task each at a time, and a bounded queue before them. A worker that dies is replaced. */
export class WorkerPool {
  private readonly members = new Set<Member>();
  private readonly queue: Job[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private deaths = 0;
  private lastId = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {}

  /** Starts all workers. Resolves when each is ready; rejects with the error of the first that fails to start. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.size }, () => this.spawn()));
  }

  /** Whether at least one worker can take tasks. */
  get ready(): boolean {
    return [...this.members].some(({ state }) => state !== 'starting');
  }

  /**
   * @throws PoolUnavailable when the queue is full, the pool closed or the worker died; Error when the task itself
   * failed
   */
  run(model: string, input: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new PoolUnavailable('closed', 'the service is shutting down'));
      } else if (this.queue.length >= this.options.queueLimit) {
        reject(new PoolUnavailable('queue-full', `${String(this.queue.length)} requests are waiting already`));
      } else {
        this.lastId += 1;
        this.queue.push({ id: this.lastId, model, input, resolve, reject });
        this.dispatch();
      }
    });
  }

  /**
   * Ends all workers when they are done with what they are doing; what still waits is refused. They are asked and not
   * terminated: a thread that is stopped inside onnxruntime brings the whole process down.
   */
  async close(): Promise<void> {
    this.closed = true;
    this.timers.forEach(clearTimeout);
    const error = new PoolUnavailable('closed', 'the service is shutting down');
    for (const job of this.queue.splice(0)) job.reject(error);
    await Promise.all(
      [...this.members].map(({ worker }) => {
        send(worker, { type: 'close' });
        return new Promise((resolve) => worker.once('exit', resolve));
      }),
    );
  }

  private dispatch(): void {
    for (const member of this.members) {
      if (member.state !== 'idle') continue;
      const job = this.queue.shift();
      if (!job) return;
      member.state = 'busy';
      member.job = job;
      send(member.worker, { type: 'task', id: job.id, model: job.model, input: job.input });
    }
  }

  private spawn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.options.script, { workerData: this.options.data });
      const member: Member = { worker, state: 'starting' };
      let failure: Error | undefined;
      this.members.add(member);
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'ready') {
          this.deaths = 0;
          resolve();
        } else {
          settle(member.job, message);
        }
        member.job = undefined;
        member.state = 'idle';
        this.dispatch();
      });
      worker.on('error', (error: Error) => {
        failure = error;
      });
      worker.on('exit', (code) => {
        this.members.delete(member);
        const cause = failure?.message ?? `exit code ${String(code)}`;
        member.job?.reject(new PoolUnavailable('worker-lost', `the worker of this request died (${cause})`));
        if (member.state === 'starting') reject(new Error(`a worker did not start: ${cause}`, { cause: failure }));
        else if (!this.closed) this.respawn(cause);
      });
    });
  }

  private respawn(cause: string): void {
    const delay = Math.min(RESPAWN_MS.first * 2 ** this.deaths, RESPAWN_MS.last);
    this.deaths += 1;
    this.options.logger.warn('a worker died and is replaced', { cause, delay_ms: delay });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.spawn().then(
        () => {
          this.options.logger.info('a worker was replaced');
        },
        (error: unknown) => {
          if (!this.closed) this.respawn(error instanceof Error ? error.message : String(error));
        },
      );
    }, delay);
    this.timers.add(timer);
  }
}

function settle(job: Job | undefined, message: Exclude<WorkerMessage, { type: 'ready' }>): void {
  if (message.type === 'done') job?.resolve({ output: message.output, seconds: message.seconds });
  else job?.reject(new Error(message.message));
}

function send(worker: Worker, order: WorkerOrder): void {
  worker.postMessage(order);
}
