import { setImmediate as pause } from 'node:timers/promises';
import type { RunResult } from '../runtime/messages.js';
import type { Waiting } from './model-queue.js';
import { sliceRows } from './rows.js';

/** Seconds of a batch from which on its answers go out in several goes, and the answers of each. */
const SLOW_SECONDS = 0.005;
const ANSWERS_AT_ONCE = 8;

/**
 * Gives each part its rows of the outputs, not all of them in one go where the batch took long: probes and refusals would
 * wait until all its answers are written. Of a fast model each pause would make smaller batches, which cost more.
 * @param queued seconds that each part waited
 */
export async function deliver(
  parts: readonly Waiting[],
  { outputs, tokenize, compute }: RunResult,
  queued: readonly number[],
): Promise<void> {
  const batch = { tokenize, compute };
  const atOnce = compute < SLOW_SECONDS ? parts.length : ANSWERS_AT_ONCE;
  let from = 0;
  for (const [i, { part, resolve }] of parts.entries()) {
    if (i > 0 && i % atOnce === 0) await pause();
    const [start, end] = [from, from + part.rows];
    const own = parts.length === 1 ? outputs : outputs.map((tensor) => sliceRows(tensor, start, end));
    resolve({ outputs: own, batch, queued: queued[i] ?? 0 });
    from = end;
  }
}
