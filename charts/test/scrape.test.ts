import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { at, one, renderWith, type Tree } from './helm.js';
import { list } from './pod-security.js';
import { VICTORIA_METRICS, withStore } from './victoria-metrics.js';

function scrapeConfig(scrape: Tree = {}): string {
  const data = at(one(renderWith('victoria-metrics', { scrape }), 'ConfigMap', 'trial-victoria-metrics'), 'data');
  return (data as Record<string, string>)['scrape.yaml'] ?? '';
}

/** Runs `work` with the path of a file of this content. */
async function withFile(content: string, work: (path: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scrape-'));
  try {
    writeFileSync(join(folder, 'file'), content);
    await work(join(folder, 'file'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('looks in the namespace of the release and the listed ones, each once', () => {
  const config: unknown = parse(scrapeConfig({ interval: '30s', namespaces: ['ml-inference', 'lab'] }));
  expect(at(config, 'global.scrape_interval')).toBe('30s');
  expect(at(config, 'scrape_configs.1.kubernetes_sd_configs')).toEqual([
    { role: 'pod', namespaces: { names: ['lab', 'ml-inference'] } },
  ]);
});

describe.skipIf(!VICTORIA_METRICS)('in the store itself (skipped without victoria-metrics on the PATH)', () => {
  test('the configuration passes the strict check', async () => {
    const check = (path: string): number | null =>
      spawnSync(VICTORIA_METRICS ?? '', [
        `-promscrape.config=${path}`,
        '-promscrape.config.strictParse',
        '-promscrape.config.dryRun',
      ]).status;
    const config = scrapeConfig({ namespaces: ['ml-inference'] });
    await withFile(config, (path) => {
      expect(check(path)).toBe(0);
    });
    await withFile(config.replace('scrape_interval', 'scrape_intervall'), (path) => {
      expect(check(path)).not.toBe(0);
    });
  });

  /** One target as Kubernetes discovery gives it for a port of a container. */
  const discovered = (pod: string, port: string, more: Record<string, string> = {}): Tree => ({
    targets: [`127.0.0.1:${port}`],
    labels: {
      __meta_kubernetes_namespace: 'ml-inference',
      __meta_kubernetes_pod_name: pod,
      __meta_kubernetes_pod_phase: 'Running',
      __meta_kubernetes_pod_label_app_kubernetes_io_name: 'inference',
      __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
      __meta_kubernetes_pod_annotation_prometheus_io_port: '8000',
      __meta_kubernetes_pod_container_port_number: port,
      __meta_kubernetes_pod_container_port_protocol: 'TCP',
      ...more,
    },
  });

  test('a pod is one target, however many ports it has, and only if it runs and asks for it', async () => {
    const config = parse(scrapeConfig()) as { scrape_configs: Tree[] };
    const [, pods = {}] = config.scrape_configs;
    delete pods.kubernetes_sd_configs;
    pods.static_configs = [
      discovered('plain', '8000'),
      discovered('plain', '8001'),
      discovered('plain', '8000', { __meta_kubernetes_pod_container_port_protocol: 'UDP' }),
      discovered('plain', '8000', { __meta_kubernetes_pod_container_name: 'second' }),
      discovered('other-path', '8000', { __meta_kubernetes_pod_annotation_prometheus_io_path: '/stats' }),
      discovered('ended', '8000', { __meta_kubernetes_pod_phase: 'Succeeded' }),
      discovered('silent', '8000', { __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'false' }),
    ];
    await withFile(stringify(config), async (path) => {
      await withStore([`-promscrape.config=${path}`, '-promscrape.config.strictParse'], async (url) => {
        let found: Tree[] = [];
        while (found.length === 0) {
          const answer: unknown = await (await fetch(`${url}/api/v1/targets?state=active`)).json();
          found = list(at(answer, 'data.activeTargets')).filter((target) => at(target, 'labels.job') === 'pods');
          await setTimeout(50);
        }
        const labels = { namespace: 'ml-inference', app: 'inference', job: 'pods', instance: '127.0.0.1:8000' };
        expect(found.map((target) => [target.scrapeUrl, target.labels]).sort()).toEqual([
          ['http://127.0.0.1:8000/metrics', { ...labels, pod: 'plain' }],
          ['http://127.0.0.1:8000/stats', { ...labels, pod: 'other-path' }],
        ]);
      });
    });
  });
});
