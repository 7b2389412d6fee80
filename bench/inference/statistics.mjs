/** The smallest of the numbers that is not exceeded by `share` of them; NaN of none. */
export function percentile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  return sorted.length === 0 ? NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * What a load came to.
 * @param answers of one window of time: `{status, milliseconds}`, the status 0 for one that was not answered
 */
export function summary(answers, seconds) {
  const good = answers.filter(({ status }) => status === 200).map(({ milliseconds }) => milliseconds);
  const others = {};
  for (const { status } of answers) if (status !== 200) others[status] = (others[status] ?? 0) + 1;
  return {
    perSecond: good.length / seconds,
    p50: percentile(good, 0.5),
    p99: percentile(good, 0.99),
    others,
  };
}

/** The most a second that any of the loads came to; some may be undefined, not all. */
export const mostOf = (loads) => Math.max(...loads.flatMap((load) => load?.perSecond ?? []));

/**
 * What several rounds came to: of each number the median, of answers other than 200 all, and of anything else what the
 * first round has.
 * @param rounds values of the same shape
 */
export function combined(rounds) {
  const [first] = rounds;
  if (typeof first === 'number') return percentile(rounds, 0.5);
  if (Array.isArray(first)) return first.map((_, i) => combined(rounds.map((round) => round[i])));
  if (typeof first !== 'object') return first;
  return Object.fromEntries(
    Object.keys(first).map((key) => {
      const values = rounds.map((round) => round[key]);
      return [key, key === 'others' ? added(values) : combined(values)];
    }),
  );
}

function added(counts) {
  const sums = {};
  for (const [key, count] of counts.flatMap(Object.entries)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}
