import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DASHBOARDS } from '../dashboards/src/index.js';
import { preview } from '../dashboards/src/preview/index.js';
import { at, isTree, one, renderWith, type Tree, UMBRELLA } from './helm.js';
import { CAN_RUN_LIVE, withLiveStore } from './live.js';
import { type Answered, ask, askPanel, panelsOf, type Range } from './panels.js';
import { list } from './pod-security.js';
import { RECORDED_SECONDS } from './recordings.js';

/** UPDATE_PREVIEWS=1 draws the pictures in docs/ anew, from minutes of load rather than the seconds that a test needs. */
const UPDATE = process.env.UPDATE_PREVIEWS === '1';
const SECONDS = UPDATE ? RECORDED_SECONDS : 25;
const DOCS = new URL('../../docs/', import.meta.url);

/** The last minutes: as many as the recordings have. */
function lastMinutes(): Range {
  const end = Math.floor(Date.now() / 1000);
  return { start: end - RECORDED_SECONDS, end, step: 5 };
}

const named = ({ legend, series }: Answered) =>
  series.map((each) => ({
    ...each,
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => each.labels[label] ?? ''),
  }));

describe.skipIf(!CAN_RUN_LIVE)(
  'on a store that scraped the real service (skipped without victoria-metrics and vmalert)',
  () => {
    test(
      'every query of every panel, and the one that KEDA scales by, finds data',
      { timeout: (SECONDS + 180) * 1000 },
      async () => {
        await withLiveStore(SECONDS, async (url) => {
          const range = lastMinutes();
          const faults: string[] = [];
          for (const [file, dashboard] of Object.entries(DASHBOARDS)) {
            const drawn = new Map<number, ReturnType<typeof named>>();
            for (const panel of panelsOf(dashboard as unknown as Tree)) {
              const answers = await askPanel(url, panel, range);
              expect(answers.length).toBeGreaterThan(0);
              drawn.set(Number(panel.id), answers.flatMap(named));
              faults.push(
                ...answers
                  .flatMap((answer) => faultsOf(answer, panel))
                  .map((fault) => `${file}: ${String(panel.title)}: ${fault}`),
              );
            }
            const picture = preview(dashboard, drawn, range, await eventsOf(url, dashboard as unknown as Tree, range));
            if (faults.length === 0) expect(picture).not.toContain('No data');
            if (UPDATE) writeFileSync(new URL(`dashboard-${file.replace('.json', '.svg')}`, DOCS), picture);
          }
          // A query that falls back on a constant finds something even where its metric does not exist.
          const asked = [
            ...Object.values(DASHBOARDS).flatMap((each) => exprs(each)),
            ...rules().flatMap((each) => exprs(each)),
          ];
          for (const metric of metricsIn(asked)) {
            if (!(await ask(url, `{__name__="${metric}"}`, range)).length) faults.push(`nobody exposes ${metric}`);
          }
          // KEDA refuses an answer of more than one series.
          if ((await ask(url, scalingQuery(), range)).length !== 1) faults.push(`not one series for ${scalingQuery()}`);
          expect(faults).toEqual([]);
        });
      },
    );
  },
);

/** The query by which the number of pods follows the queue. */
function scalingQuery(): string {
  const values = { autoscaling: { enabled: true, queue: { enabled: true } } };
  const scaledObject = one(renderWith('inference', values, { namespace: 'ml-inference' }), 'ScaledObject');
  return String(at(scaledObject, 'spec.triggers.0.metadata.query'));
}

/** The files of the rules. */
function rules(): unknown[] {
  const folder = `${UMBRELLA}/charts/victoria-metrics/rules`;
  return readdirSync(folder).map((file) => parse(readFileSync(`${folder}/${file}`, 'utf8')) as unknown);
}

/** Every query of a dashboard or a file of rules. */
function exprs(node: unknown): string[] {
  if (!isTree(node)) return [];
  return Object.entries(node).flatMap(([key, child]) =>
    key === 'expr' && typeof child === 'string' ? [child] : exprs(child),
  );
}

/** The metrics that queries read, by the beginnings of their names. */
function metricsIn(queries: string[]): string[] {
  const sources = 'argocd|container|inference|kube|model|namespace:|nodejs|process|vm|workqueue';
  const names = queries.join('\n').match(new RegExp(`\\b(${sources})[a-z0-9]*_[a-z0-9_:]+|\\bup\\b`, 'g'));
  return [...new Set(names)];
}

/** What is wrong with the answer to a query: no data, or a legend or column that names a label which is not there. */
function faultsOf({ expr, legend, series }: Answered, panel: Tree): string[] {
  if (!series.some(({ points }) => points.length > 0)) return [`no data for ${expr}`];
  const organize = list(panel.transformations).find(({ id }) => id === 'organize');
  const columns = Object.keys((at(organize, 'options.renameByName') as Tree | undefined) ?? {});
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
  return [...shown, ...columns.filter((column) => column !== 'Value')]
    .filter((label) => !series.some(({ labels }) => label in labels))
    .map((label) => `no label ${label} for ${expr}`);
}

/** The events that Grafana would mark, asked as it asks for them. */
async function eventsOf(url: string, dashboard: Tree, range: Range): Promise<number[]> {
  const found = await Promise.all(
    list(at(dashboard, 'annotations.list')).map(async ({ expr, useValueForTime }) => {
      const series = await ask(url, String(expr), { ...range, step: 15 });
      if (!series.some(({ points }) => points.length)) throw new Error(`no event is found by ${String(expr)}`);
      return series.flatMap(({ points }) =>
        useValueForTime === true ? [...new Set(points.map(([, value]) => value / 1000))] : points.map(([time]) => time),
      );
    }),
  );
  return found.flat();
}
