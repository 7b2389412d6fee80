import { type InferRequest, ServingError } from './model-server.js';
import type { ServedModel } from './served-model.js';
import type { NamedTensor } from './tensor.js';

/** What all parts of one request share. */
export type Call = Pick<InferRequest, 'deadline' | 'signal' | 'outputs' | 'context'>;

/** Rows of one request that run together. */
export interface Part {
  inputs: NamedTensor[];
  rows: number;
  /** Tokens it is expected to take, for a text model. */
  tokens: number;
  /** Parts run together only with those of the same key: the shapes of their rows and the outputs wanted. */
  key: string;
}

/** What became of a part. */
export interface PartResult {
  outputs: NamedTensor[];
  /** Seconds; the same object for all parts of one batch. */
  batch: { tokenize: number; compute: number };
  /** Seconds in the queue. */
  queued: number;
}

/** A part that waits. */
export interface Waiting {
  part: Part;
  call: Call;
  since: number;
  /** Its batch failed: it runs again by itself, so that it fails alone. */
  alone: boolean;
  resolve: (result: PartResult) => void;
  reject: (error: Error) => void;
}

/**
 * Runs of a text model in a batch, at the most: the worker sorts the texts of a batch by their length into runs, and has
 * more of a choice with more of them. The tokens are rather overestimated here, so that it is often fewer.
 */
const RUNS = 3;

/** Tokens of a row, for a text model. */
const lengthOf = ({ part: { tokens, rows } }: Waiting) => tokens / rows;

/** The parts that wait for one version of a model, in the order they came. */
export class ModelQueue {
  /** Batches that a worker has. */
  running = 0;
  /** Nothing more comes. */
  closing = false;
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private onEmpty: (() => void) | undefined;

  constructor(readonly model: ServedModel) {}

  get length(): number {
    return this.waiting.length;
  }

  /** Rows that wait. */
  get rows(): number {
    return this.waitingRows;
  }

  add(waiting: Waiting): void {
    this.waiting.push(waiting);
    this.waitingRows += waiting.part.rows;
  }

  /** Puts back before all others what is to run by itself. */
  putBack(parts: readonly Waiting[]): void {
    for (const waiting of parts) waiting.alone = true;
    this.keep([...parts, ...this.waiting]);
  }

  /**
   * The oldest part and those behind it that fit it, up to the limits of the model; none when none waits. Of texts those
   * come first that are about as long as the oldest: the less they differ, the less is padded.
   * @param share rows that are enough: for the others a worker is free as well
   */
  take(share: number): { parts: Waiting[]; full: boolean } {
    const [oldest] = this.waiting;
    if (!oldest) return { parts: [], full: false };
    const { maxItems, text } = this.model;
    const maxTokens = RUNS * (text?.maxTokens ?? Infinity);
    const taken = new Set([oldest]);
    let { rows, tokens } = oldest.part;
    let full = oldest.alone || rows >= maxItems;
    for (const waiting of this.companions(oldest)) {
      if (full || rows >= share) break;
      const { part } = waiting;
      if (rows + part.rows <= maxItems && tokens + part.tokens <= maxTokens) {
        taken.add(waiting);
        rows += part.rows;
        tokens += part.tokens;
      } else full = true;
    }
    this.keep(this.waiting.filter((waiting) => !taken.has(waiting)));
    return { parts: [...taken], full: full || rows >= maxItems };
  }

  /** What may run together with the oldest part, the best first. */
  private companions(oldest: Waiting): Waiting[] {
    const { key } = oldest.part;
    const others = this.waiting.filter((waiting) => waiting !== oldest && !waiting.alone && waiting.part.key === key);
    if (!this.model.text) return others;
    const length = lengthOf(oldest);
    const distance = (waiting: Waiting) => Math.abs(lengthOf(waiting) - length);
    return others.sort((a, b) => distance(a) - distance(b));
  }

  private keep(waiting: Waiting[]): void {
    this.waiting = waiting;
    this.waitingRows = rowsOf(waiting.map(({ part }) => part));
  }

  /** Refuses what nobody waits for any more and what has run out of time: no work is begun for it. */
  sweep(now: number): void {
    const wanted = this.waiting.filter(({ call, reject }) => {
      const reason = obstacle(call, now);
      if (reason) reject(reason);
      return !reason;
    });
    if (wanted.length < this.waiting.length) this.keep(wanted);
    this.checkEmpty();
  }

  rejectAll(error: Error): void {
    const refused = this.waiting;
    this.keep([]);
    for (const { reject } of refused) reject(error);
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

export const rowsOf = (parts: readonly Part[]): number => parts.reduce((sum, { rows }) => sum + rows, 0);

/** Why a call need not be worked on; undefined when it should. */
export function obstacle({ deadline, signal }: Call, now: number): ServingError | undefined {
  if (signal?.aborted) return new ServingError('cancelled', 'the client has gone');
  if (deadline !== undefined && now > deadline)
    return new ServingError('deadline', 'the time that the client allows was over before the model was free');
  return undefined;
}
