/**
 * What starting one run of a transformer costs, in tokens. Measured with six layers of 384 in int8 (sentiment v2.1.0) on
 * one thread with 2 MiB of L2 cache: a run takes 0.95 ms and 54 µs for each token, and from 96 tokens on 72 µs for each,
 * because what goes from layer to layer no longer fits the cache.
 */
const START = 18;
/** Tokens of a run from which on each costs more, and how much more. */
const WIDE = 96;
const WIDE_EXTRA = 1 / 3;

/** Of a run of so many tokens, padding included. */
export const costOf = (tokens: number) => START + tokens + WIDE_EXTRA * Math.max(0, tokens - WIDE);

/**
 * Splits texts over runs, so that running all costs least. A run is as wide as its longest text and every other text is
 * padded to it: few runs waste padding, many runs waste starts.
 * @param lengths tokens of each text
 * @param maxTokens most tokens of a run, padding included; a text longer than that has a run to itself
 * @returns for each run the indexes of its texts
 */
export function planRuns(lengths: readonly number[], maxTokens: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  // cost[n]: the least that the n shortest take; the last run of that solution begins at start[n].
  const cost = [0];
  const start = [0];
  order.forEach((longest, i) => {
    const width = lengths[longest] ?? 0;
    let best = Infinity;
    for (let from = i; from >= 0; from -= 1) {
      const tokens = (i - from + 1) * width;
      if (tokens > maxTokens && from < i) break;
      const total = (cost[from] ?? 0) + costOf(tokens);
      if (total < best) {
        best = total;
        start[i + 1] = from;
      }
    }
    cost.push(best);
  });
  const runs: number[][] = [];
  for (let end = order.length; end > 0; end = start[end] ?? 0) runs.unshift(order.slice(start[end], end));
  return runs;
}
