import { Worker } from 'node:worker_threads';
import { ServingError } from '../serving/model-server.js';
import type { LoadedModel, RunOrder, RunResult, WorkerData, WorkerMessage, WorkerOrder } from './messages.js';

// ONNX Runtime sends Microsoft what it is used for, unless this is in the environment of the process, which a worker cannot change.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** The model could not run this batch; the worker is well. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

export type WorkerState = 'starting' | 'idle' | 'busy' | 'ending';

interface Job {
  resolve: (result: RunResult) => void;
  reject: (error: Error) => void;
}

/** One worker thread. It holds the models it was started with until it ends. */
export class PoolWorker {
  state: WorkerState = 'starting';
  /** Resolves when it can run batches; rejects when it ends before. */
  readonly ready: Promise<{ models: Record<string, LoadedModel>; warnings: string[] }>;
  /** Resolves when the thread has ended, with the reason if it was not told to. */
  readonly ended: Promise<string | undefined>;
  private readonly thread: Worker;
  private readonly models: ReadonlySet<string>;
  private job: Job | undefined;

  constructor(
    script: URL,
    readonly data: WorkerData,
  ) {
    this.models = new Set(data.models.map(({ id }) => id));
    this.thread = new Worker(script, { workerData: data });
    let failure: Error | undefined;
    this.thread.on('error', (error: Error) => {
      failure = error;
    });
    this.ended = new Promise((resolve) => {
      this.thread.on('exit', (code) => {
        const cause = failure?.message ?? `exit code ${String(code)}`;
        const told = this.state === 'ending';
        this.state = 'ending';
        this.job?.reject(new ServingError('not-ready', `the worker of this request died (${cause}); try again`, 1));
        resolve(told ? undefined : cause);
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.thread.on('message', (message: WorkerMessage) => {
        if (message.type !== 'ready') this.settle(message);
        else {
          if (this.state === 'starting') this.state = 'idle';
          resolve(message);
        }
      });
      void this.ended.then((cause) => {
        reject(new Error(cause ?? 'the worker was ended', { cause: failure }));
      });
    });
    // Whoever started it may be gone by the time it fails; the pool looks at `ended`.
    this.ready.catch(() => undefined);
  }

  holds(model: string): boolean {
    return this.models.has(model);
  }

  /** Runs a batch; the worker must be idle. @throws RunError, or ServingError `not-ready` when the worker dies of it */
  run(order: Omit<RunOrder, 'type'>): Promise<RunResult> {
    this.state = 'busy';
    this.send({ type: 'run', ...order });
    return new Promise((resolve, reject) => {
      this.job = { resolve, reject };
    });
  }

  /**
   * Ends the thread when it has done what it is doing. It is asked and not terminated: a thread that is stopped inside
   * onnxruntime brings the whole process down.
   */
  async end(): Promise<void> {
    this.state = 'ending';
    this.send({ type: 'close' });
    await this.ended;
  }

  private settle(message: Exclude<WorkerMessage, { type: 'ready' }>): void {
    const { job } = this;
    this.job = undefined;
    if (this.state === 'busy') this.state = 'idle';
    if (message.type === 'done') job?.resolve(message.result);
    else job?.reject(new RunError(message.message));
  }

  private send(order: WorkerOrder): void {
    this.thread.postMessage(order);
  }
}
