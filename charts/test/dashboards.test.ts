import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { at, isTree, one, renderWith, type Tree, UMBRELLA } from './helm.js';
import { list } from './pod-security.js';
import { VICTORIA_METRICS, withStore } from './victoria-metrics.js';

const FOLDER = `${UMBRELLA}/charts/grafana/dashboards`;
const FILES = readdirSync(FOLDER);
const read = (file: string): Tree => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Tree;

/** Every value under `key`, at any depth. */
function all(node: unknown, key: string): unknown[] {
  if (!isTree(node)) return [];
  return Object.entries(node).flatMap(([k, child]) => (k === key ? [child] : all(child, key)));
}

const metric = (name: string, labels: Record<string, string>): string =>
  `${name}{${Object.entries({ namespace: 'lab', app: 'inference', ...labels })
    .map(([k, v]) => `${k}="${v}"`)
    .join(',')}}`;

/** Series as the service exposes them and the store labels them; each counts up by its place in the list. */
const SERIES = ['pod-a', 'pod-b'].flatMap((pod) => [
  ...['200', '422', '500'].map((status) => metric('inference_requests_total', { pod, endpoint: '/predict', status })),
  ...['0.01', '0.1', '+Inf'].flatMap((le) => [
    metric('inference_request_duration_seconds_bucket', { pod, endpoint: '/predict', le }),
    metric('model_inference_duration_seconds_bucket', { pod, model: 'linear', le }),
  ]),
  metric('inference_active_requests', { pod }),
  metric('process_cpu_seconds_total', { pod }),
  metric('process_resident_memory_bytes', { pod }),
]);

test('there are dashboards, each with a uid of its own', () => {
  expect(FILES).toContain('inference.json');
  expect(new Set(FILES.map((file) => read(file).uid)).size).toBe(FILES.length);
});

describe.each(FILES)('%s', (file) => {
  const dashboard = read(file);
  const panels = list(dashboard.panels);

  test('is in the classic form, which is the one that Grafana provisions from files', () => {
    expect(dashboard.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard).not.toHaveProperty('elements');
    expect(dashboard).not.toHaveProperty('id');
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
  });

  test('asks the provisioned data source and no other', () => {
    const sources = all(dashboard, 'datasource');
    expect(sources.length).toBeGreaterThan(panels.length);
    for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: 'victoriametrics' });
  });

  test('gives every panel a title, a description and a unit', () => {
    for (const panel of panels) {
      expect(panel.title).toMatch(/./);
      expect(panel.description).toMatch(/./);
      expect(at(panel, 'fieldConfig.defaults.unit')).toMatch(/./);
    }
  });

  test('is copied into a ConfigMap unchanged and far below the limit of an object', () => {
    const name = `trial-grafana-dashboard-${file.replace('.json', '')}`;
    const data = one(renderWith('grafana'), 'ConfigMap', name).data as Record<string, string>;
    expect(data[file]).toBe(readFileSync(`${FOLDER}/${file}`, 'utf8'));
    // What `kubectl apply` can keep in its annotation: 262144 bytes.
    expect(Buffer.byteLength(data[file] ?? '')).toBeLessThan(262144);
  });

  test.skipIf(!VICTORIA_METRICS)(
    'every query finds data and the labels of its legend (skipped without victoria-metrics on the PATH)',
    async () => {
      const targets = panels.flatMap((panel) => list(panel.targets));
      expect(targets.length).toBeGreaterThanOrEqual(panels.length);
      await withStore([], async (url) => {
        const now = Math.floor(Date.now() / 1000);
        const samples = Array.from({ length: 20 }, (_, step) =>
          SERIES.map((series, index) => `${series} ${String((index + 1) * step)} ${String((now - 15 * step) * 1000)}`),
        ).map((lines) => lines.join('\n'));
        await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: samples.join('\n') });
        await fetch(`${url}/internal/force_flush`);
        for (const target of targets) {
          const query = String(target.expr).replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m');
          const parameters = new URLSearchParams({ query, time: String(now - 60), nocache: '1' });
          const answer = (await (await fetch(`${url}/api/v1/query?${parameters.toString()}`)).json()) as Answer;
          expect(answer.status, `${query}\n${answer.error ?? ''}`).toBe('success');
          const result = answer.data?.result ?? [];
          expect(result.length, query).toBeGreaterThan(0);
          for (const { metric: labels, value } of result) {
            expect(Number.isFinite(Number(value[1])), query).toBe(true);
            for (const [, label] of String(target.legendFormat).matchAll(/\{\{(\w+)\}\}/g)) {
              expect(labels, query).toHaveProperty(label ?? '');
            }
          }
        }
      });
    },
  );
});

interface Answer {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
}
