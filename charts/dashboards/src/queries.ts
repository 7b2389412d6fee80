/** The namespaces that are chosen at the top of the dashboard. */
const CHOSEN = 'namespace=~"$namespace"';

/** A series of the chosen namespaces; `more` are further conditions, as PromQL writes them. */
export function of(metric: string, ...more: string[]): string {
  return `${metric}{${[CHOSEN, ...more].join(',')}}`;
}

/** How much a counter of the chosen namespaces grows in a second. */
export function rate(metric: string, ...more: string[]): string {
  return `rate(${of(metric, ...more)}[$__rate_interval])`;
}

/** The value of a histogram that `quantile` (0 to 1) of the observations stay below, for each value of the labels in `by`. */
export function quantile(quantile: number, histogram: string, by: string[] = []): string {
  return `histogram_quantile(${String(quantile)}, sum by (${[...by, 'le'].join(', ')}) (${rate(`${histogram}_bucket`)}))`;
}

/** The mean observation of a histogram, for each value of the labels in `by`. */
export function mean(histogram: string, by: string[] = []): string {
  const sum = (part: string): string => `sum by (${by.join(', ')}) (${rate(`${histogram}_${part}`)})`;
  return `${sum('sum')} / ${sum('count')}`;
}

/** Share (0 to 1) of the requests that were answered with a status of this pattern. */
export function share(status: string): string {
  const all = `sum(${rate('inference_requests_total')})`;
  return `(sum(${rate('inference_requests_total', `status=~"${status}"`)}) or vector(0)) / ${all}`;
}
