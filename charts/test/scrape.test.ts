import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { at, one, renderWith, type Tree } from './helm.js';
import { list } from './pod-security.js';
import { freePort, VICTORIA_METRICS, withProcess, withStore } from './victoria-metrics.js';

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

function scrapeConfig(scrape: Tree = {}, limits: Tree = {}): string {
  const manifests = renderWith('victoria-metrics', { scrape, limits });
  const data = at(one(manifests, 'ConfigMap', 'trial-victoria-metrics'), 'data');
  return (data as Record<string, string>)['scrape.yaml'] ?? '';
}

/** The configuration for a store at `address` that scrapes nothing but itself, every second. */
function ownConfig(address: string, limits: Tree = {}): string {
  const config = scrapeConfig({ interval: '1s' }, limits).replace('127.0.0.1:8428', address);
  return config.replace(/ {2}- job_name: pods[^]*/, '');
}

/** Those arguments of the store that begin with one of these. */
function flags(limits: Tree, ...names: string[]): string[] {
  const store = one(renderWith('victoria-metrics', { limits }), 'StatefulSet');
  const all = at(store, 'spec.template.spec.containers.0.args') as string[];
  return all.filter((flag) => names.some((name) => flag.startsWith(name)));
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

test('reads the targets that are named, and keeps what they say of namespace and pod', () => {
  const targets = [{ job: 'argocd', address: 'argocd-metrics.argocd.svc:8082', path: '/stats' }];
  expect(at(parse(scrapeConfig({ targets })), 'scrape_configs.2')).toEqual({
    job_name: 'argocd',
    sample_limit: 20000,
    honor_labels: true,
    metrics_path: '/stats',
    static_configs: [{ targets: ['argocd-metrics.argocd.svc:8082'] }],
  });
});

test('trusts a kubelet by the certificate of the cluster, unless it is told to trust any', () => {
  const kubelet = (settings: Tree): unknown =>
    at(parse(scrapeConfig({ kubelet: { enabled: true, ...settings } })), 'scrape_configs.2');
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  expect(kubelet({})).toMatchObject({
    scheme: 'https',
    bearer_token_file: `${folder}/token`,
    tls_config: { ca_file: `${folder}/ca.crt`, insecure_skip_verify: false },
  });
  expect(at(kubelet({ insecureSkipVerify: true }), 'tls_config.insecure_skip_verify')).toBe(true);
});

describe.skipIf(!VICTORIA_METRICS)('in the store itself (skipped without victoria-metrics on the PATH)', () => {
  test('the configuration passes the strict check', async () => {
    const check = (path: string): number | null =>
      spawnSync(VICTORIA_METRICS ?? '', [
        `-promscrape.config=${path}`,
        '-promscrape.config.strictParse',
        '-promscrape.config.dryRun',
      ]).status;
    const targets = [{ job: 'argocd', address: 'argocd-metrics.argocd.svc:8082' }];
    const config = scrapeConfig({ namespaces: ['ml-inference'], targets, kubelet: { enabled: true } });
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

  /** The value of the one series that a query finds; undefined while there is none. */
  const valueOf = async (url: string, query: string): Promise<string | undefined> => {
    const answer: unknown = await (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)).json();
    return at(answer, 'data.result.0.value.1') as string | undefined;
  };
  const until = async (check: () => Promise<boolean>): Promise<void> => {
    while (!(await check())) await setTimeout(100);
  };
  /** What was scraped can be asked for at once. */
  const NOW = '-search.latencyOffset=0s';

  test(
    'a change is taken up without a restart, and one that cannot be read is refused',
    { timeout: 120_000 },
    async () => {
      const jobs = async (url: string): Promise<unknown[]> => {
        const answer: unknown = await (await fetch(`${url}/api/v1/targets?state=active`)).json();
        return list(at(answer, 'data.activeTargets')).map((target) => at(target, 'labels.job'));
      };
      await withFile('', async (path) => {
        const args = (store: string): string[] => {
          writeFileSync(path, ownConfig(store));
          const strict = '-promscrape.config.strictParse';
          return [`-promscrape.config=${path}`, strict, '-promscrape.configCheckInterval=1s', NOW];
        };
        await withStore(args, async (url) => {
          await until(async () => (await jobs(url)).join() === 'victoria-metrics');
          const config = readFileSync(path, 'utf8');
          writeFileSync(path, config.replace('scrape_interval', 'scrape_intervall'));
          await until(async () => Number(await valueOf(url, 'vm_promscrape_config_reloads_errors_total')) > 0);
          expect(await jobs(url)).toEqual(['victoria-metrics']);
          writeFileSync(path, config.replace('job_name: victoria-metrics', 'job_name: renamed'));
          await until(async () => (await jobs(url)).join() === 'renamed');
        });
      });
    },
  );

  test('what is over a bound is dropped, and the store says so', { timeout: 120_000 }, async () => {
    const limits = { samplesPerScrape: 10, hourlySeries: 50, dailySeries: 40 };
    await withFile('', async (path) => {
      const args = (store: string): string[] => {
        writeFileSync(path, ownConfig(store, limits));
        return [`-promscrape.config=${path}`, NOW, ...flags(limits, '-storage.max')];
      };
      await withStore(args, async (url) => {
        // Its own metrics are more than ten.
        await until(async () => (await valueOf(url, 'up{job="victoria-metrics"}')) === '0');
        const lines = Array.from({ length: 100 }, (_, index) => `many{label="${String(index)}"} 1`).join('\n');
        await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: lines });
        const dropped = (metrics: string, span: string): boolean =>
          new RegExp(`^vm_${span}_series_limit_rows_dropped_total [1-9]`, 'm').test(metrics);
        await until(async () => {
          const metrics = await (await fetch(`${url}/metrics`)).text();
          return dropped(metrics, 'hourly') && dropped(metrics, 'daily');
        });
        await fetch(`${url}/internal/force_flush`);
        await until(async () => Number(await valueOf(url, 'count(many)')) > 0);
        expect(Number(await valueOf(url, 'count(many)'))).toBeLessThanOrEqual(40);
      });
    });
  });

  test('what one target has more series than it may is dropped', { timeout: 120_000 }, async () => {
    const limits = { seriesPerTarget: 5 };
    await withFile('', async (path) => {
      const args = (store: string): string[] => {
        writeFileSync(path, ownConfig(store, limits));
        return [`-promscrape.config=${path}`, NOW, ...flags(limits, '-promscrape.seriesLimit')];
      };
      await withStore(args, async (url) => {
        await until(async () => Number(await valueOf(url, 'scrape_series_limit_samples_dropped')) > 0);
        expect(await valueOf(url, 'scrape_series_limit')).toBe('5');
      });
    });
  });

  test.skipIf(!HAS_IPV6)(
    'it answers, and scrapes, by IPv6 (skipped on a machine without IPv6)',
    { timeout: 120_000 },
    async () => {
      const port = String(await freePort());
      const url = `http://[::1]:${port}`;
      await withFile(ownConfig(`'[::1]:${port}'`), async (path) => {
        const own = [`-httpListenAddr=:${port}`, `-storageDataPath=${path}-data`, `-promscrape.config=${path}`, NOW];
        const store = [VICTORIA_METRICS ?? '', ...own, ...flags({}, '-enableTCP6', '-memory')];
        await withProcess(store, {}, async (running) => {
          await running(`${url}/health`);
          await until(async () => (await valueOf(url, 'up{job="victoria-metrics"}')) === '1');
        });
      });
    },
  );
});
