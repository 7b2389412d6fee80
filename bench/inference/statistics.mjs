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
