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
      legend: typeof target.legendFormat === 'string' ? target.legendFormat : '',
      series: await (target.instant === true ? askNow : ask)(url, String(target.expr), range),
    })),
  );
}

/** Asks the store one query over a span of time. */
export async function ask(url: string, expr: string, { start, end, step }: Range): Promise<Series[]> {
  const result = await send(`${url}/api/v1/query_range`, filledIn(expr, step), { start, end, step });
  return result.map(({ metric, values }) => series(metric, values as Sample[]));
}

/** Asks the store what a query finds at the end of a span of time. */
async function askNow(url: string, expr: string, { end, step }: Range): Promise<Series[]> {
  const result = await send(`${url}/api/v1/query`, filledIn(expr, step), { time: end });
  return result.map(({ metric, value }) => series(metric, [value as Sample]));
}

type Sample = [time: number, value: string];

function filledIn(expr: string, step: number): string {
  return expr
    .replaceAll('$namespace', '.*')
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__interval', `${String(step)}s`);
}

async function send(address: string, query: string, numbers: Record<string, number>): Promise<Tree[]> {
  const times = Object.entries(numbers).map(([key, value]) => [key, String(value)]);
  const body = new URLSearchParams({ query, nocache: '1', ...(Object.fromEntries(times) as Record<string, string>) });
  const response = await fetch(address, { method: 'POST', body });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${query}\n${String(at(answer, 'error'))}`);
  return list(at(answer, 'data.result'));
}

function series(metric: unknown, samples: Sample[]): Series {
  const points = samples
    .map(([time, value]): [number, number] => [time, Number(value)])
    .filter(([, value]) => Number.isFinite(value));
  return { labels: metric as Record<string, string>, points };
}
