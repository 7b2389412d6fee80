import { at, type Tree } from './helm.js';
import { list } from './pod-security.js';

/** One series of an answer. */
export interface Series {
  labels: Record<string, string>;
  /** Unix time in seconds and value, in the order of time; only finite values. */
  points: [time: number, value: number][];
}

/** The span of time that a dashboard shows, in Unix seconds, and the distance of its points. */
export interface Range {
  start: number;
  end: number;
  step: number;
}

/** A query of a panel with what the store answered. */
export interface Answered {
  expr: string;
  legend: string;
  series: Series[];
}

/** Panels that show data, those within rows included; the rows themselves left out. */
export function panelsOf(dashboard: Tree): Tree[] {
  return list(dashboard.panels).filter((panel) => panel.type !== 'row');
}

/** Asks the store every query of a panel, with what Grafana puts in the place of its variables. */
export async function askPanel(url: string, panel: Tree, range: Range): Promise<Answered[]> {
  return Promise.all(
    list(panel.targets).map(async (target) => ({
      expr: String(target.expr),
      legend: String(target.legendFormat ?? ''),
      series: await ask(url, String(target.expr), target.instant === true ? { ...range, start: range.end } : range),
    })),
  );
}

/** Asks the store one query over a span of time. */
export async function ask(url: string, expr: string, { start, end, step }: Range): Promise<Series[]> {
  const query = expr
    .replaceAll('$namespace', '.*')
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__interval', `${String(step)}s`);
  const body = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step), nocache: '1' });
  const response = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${query}\n${String(at(answer, 'error'))}`);
  return list(at(answer, 'data.result')).map((result) => ({
    labels: result.metric as Record<string, string>,
    points: (result.values as [number, string][])
      .map(([time, value]): [number, number] => [time, Number(value)])
      .filter(([, value]) => Number.isFinite(value)),
  }));
}
