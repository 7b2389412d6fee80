import type { WireTensor } from '../runtime/messages.js';
import { type InferRequest, ServingError } from './model-server.js';
import type { ServedModel } from './served-model.js';

/** What all parts of one request share. */
export type Call = Pick<InferRequest, 'deadline' | 'signal' | 'outputs' | 'trace'>;

/** Rows of one request that run together. */
export interface Part {
  inputs: WireTensor[];
  rows: number;
  /** Tokens it is expected to take, for a text model. */
  tokens: number;
  /** Parts run together only with those of the same key: the shapes of their rows and the outputs wanted. */
  key: string;
}

/** What became of a part. */
export interface PartResult {
  outputs: WireTensor[];
  /** Seconds; the same object for all parts of one batch. */
  batch: { tokenize: number; compute: number };
  /** Seconds in the queue. */
  queued: number;
}

/** A part that waits. */
export interface Waiting extends Part {
  call: Call;
  since: number;
  /** Its batch failed: it runs again by itself, so that it fails alone. */
  alone: boolean;
  resolve: (result: PartResult) => void;
  reject: (error: Error) => void;
}

/**
 * Runs of a text model in a batch, at the most: the worker sorts the texts of a batch by their length into runs, and has
 * more of a choice with more of them. The tokens are rather overestimated here, so that it is often one run.
 */
const RUNS = 2;

/** The parts that wait for one version of a model, in the order they came. */
export class ModelQueue {
  /** Batches that a worker has. */
  running = 0;
  /** Nothing more comes. */
  closing = false;
  private waiting: Waiting[] = [];
  private onEmpty: (() => void) | undefined;

  constructor(readonly model: ServedModel) {}

  get length(): number {
    return this.waiting.length;
  }

  /** Rows that wait. */
  get rows(): number {
    return this.waiting.reduce((sum, { rows }) => sum + rows, 0);
  }

  add(part: Waiting): void {
    this.waiting.push(part);
  }

  /** Puts parts back before all others. */
  putBack(parts: readonly Waiting[]): void {
    this.waiting.unshift(...parts);
  }

  /**
   * The oldest part and those behind it that fit it, up to the limits of the model; none when none waits.
   * @param share rows that are enough: for the others a worker is free as well
   */
  take(share: number): { parts: Waiting[]; full: boolean } {
    const [oldest, ...others] = this.waiting;
    if (!oldest) return { parts: [], full: false };
    const { maxItems, text } = this.model;
    const maxTokens = RUNS * (text?.maxTokens ?? Infinity);
    const parts = [oldest];
    const left: Waiting[] = [];
    let { rows, tokens } = oldest;
    let full = oldest.alone || rows >= maxItems;
    for (const part of others) {
      const fits = !full && rows < share && !part.alone && part.key === oldest.key;
      if (fits && rows + part.rows <= maxItems && tokens + part.tokens <= maxTokens) {
        parts.push(part);
        rows += part.rows;
        tokens += part.tokens;
      } else {
        if (fits) full = true;
        left.push(part);
      }
    }
    this.waiting = left;
    return { parts, full: full || rows >= maxItems };
  }

  /** Refuses what nobody waits for any more and what has run out of time: no work is begun for it. */
  sweep(now: number): void {
    this.waiting = this.waiting.filter((part) => {
      const reason = obstacle(part.call, now);
      if (reason) part.reject(reason);
      return !reason;
    });
    this.checkEmpty();
  }

  rejectAll(error: Error): void {
    for (const part of this.waiting.splice(0)) part.reject(error);
    this.checkEmpty();
  }

  /** Resolves when nothing waits and nothing runs. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      this.onEmpty = resolve;
      this.checkEmpty();
    });
  }

  checkEmpty(): void {
    if (this.waiting.length === 0 && this.running === 0) this.onEmpty?.();
  }
}

/** Why a call need not be worked on; undefined when it should. */
export function obstacle({ deadline, signal }: Call, now: number): ServingError | undefined {
  if (signal?.aborted) return new ServingError('cancelled', 'the client has gone');
  if (deadline !== undefined && now > deadline)
    return new ServingError('deadline', 'the time that the client allows was over before the model was free');
  return undefined;
}
