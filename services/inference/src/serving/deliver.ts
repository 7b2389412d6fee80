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
 * @param started when the batch was begun, on the clock of `performance.now()`
 */
export async function deliver(parts: readonly Waiting[], result: RunResult, started: number): Promise<void> {
  const { outputs, tokenize, compute } = result;
  const batch = { tokenize, compute };
  const atOnce = compute < SLOW_SECONDS ? parts.length : ANSWERS_AT_ONCE;
  let from = 0;
  for (let first = 0; first < parts.length; first += atOnce) {
    if (first > 0) await pause();
    for (const { part, since, resolve } of parts.slice(first, first + atOnce)) {
      const [start, end] = [from, from + part.rows];
      const own = parts.length === 1 ? outputs : outputs.map((tensor) => sliceRows(tensor, start, end));
      resolve({ outputs: own, batch, queued: (started - since) / 1000 });
      from = end;
    }
  }
}
