import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { at, available, one, renderWith, type Tree, UMBRELLA } from './helm.js';
import { type Recording, serveRecording } from './recordings.js';
import { freePort, VICTORIA_METRICS, withProcess, withStore } from './victoria-metrics.js';

const SERVICE = fileURLToPath(new URL('../../services/inference/dist/main.js', import.meta.url));
const MODELS = fileURLToPath(new URL('../../services/inference/models', import.meta.url));
const BEFORE = 'v1.0.0';
const VMALERT = available(process.env.VMALERT ?? 'vmalert', ['-version']);
/** Quiet and quick to end; no gRPC, since a service that somebody tries may have its port. */
const SETTINGS = { logLevel: 'error', grpc: { port: 0 }, shutdown: { delaySeconds: 0 } };
const RECORDINGS: Recording[] = ['kubelet', 'kube-state', 'argocd'];

/** Whether this machine has what a live store needs. */
export const CAN_RUN_LIVE = VICTORIA_METRICS !== undefined && VMALERT !== undefined;

/** Runs `work` with the address (`host:port`) of the real service, started with a configuration that leaves the rest at its defaults. */
export async function withService(
  config: Tree,
  env: Record<string, string>,
  work: (address: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  try {
    const port = await freePort();
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...SETTINGS, port, ...config }));
    await withProcess([process.execPath, SERVICE], { ...env, INFERENCE_CONFIG: path }, async (running) => {
      const address = `127.0.0.1:${String(port)}`;
      await running(`http://${address}/ready`);
      await work(address);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs `work` with the address of a store that, through the scrape configuration of the chart, has scraped the real service
 * for `seconds` of load, itself, and the recordings of a cluster; the rules of the chart were evaluated meanwhile.
 */
export async function withLiveStore(seconds: number, work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'live-'));
  const recordings = await Promise.all(
    RECORDINGS.map(async (name) => ({ name, ...(await serveRecording(name, seconds)) })),
  );
  try {
    const models = { folders: [join(folder, 'models')], versions: 0 };
    anotherVersion(join(folder, 'models'));
    await withService({ models }, { CPU_LIMIT: '1000' }, async (service) => {
      const scrape = join(folder, 'scrape.yaml');
      const args = (store: string): string[] => {
        const addresses = Object.fromEntries(recordings.map(({ name, address }) => [name, address])) as Addresses;
        writeFileSync(scrape, scrapeConfig({ ...addresses, store, service }));
        return [
          ...limits(),
          `-promscrape.config=${scrape}`,
          '-promscrape.config.strictParse',
          '-search.latencyOffset=1s',
        ];
      };
      await withStore(args, async (url) => {
        const rules = `${UMBRELLA}/charts/victoria-metrics/rules/*.yaml`;
        const store = [`-datasource.url=${url}`, `-remoteWrite.url=${url}`];
        const pace = ['-evaluationInterval=2s', '-rule.evalDelay=1s', '-notifier.blackhole'];
        const listen = `127.0.0.1:${String(await freePort())}`;
        const alert = [VMALERT ?? '', ...store, ...pace, `-rule=${rules}`, `-httpListenAddr=${listen}`];
        await withProcess(alert, {}, async (ready) => {
          await ready(`http://${listen}/health`);
          await load(`http://${service}`, seconds);
          await setTimeout(5000); // The last scrape and evaluation are in.
        });
        await fetch(`${url}/internal/force_flush`);
        await work(url);
      });
    });
  } finally {
    for (const { close } of recordings) close();
    rmSync(folder, { recursive: true });
  }
}

/** Puts the shipped linear model into a folder as the version before, so that one model is served in two. */
function anotherVersion(folder: string): void {
  const home = join(folder, 'linear', BEFORE);
  cpSync(join(MODELS, 'linear/v1.1.0'), home, { recursive: true });
  const path = join(home, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Tree;
  writeFileSync(path, JSON.stringify({ ...manifest, version: BEFORE }));
}

type Addresses = Record<Recording | 'service' | 'store', string>;

interface Job extends Tree {
  job_name: string;
  static_configs?: { targets: string[]; labels?: Tree }[];
}

/** The configuration that the chart renders, with addresses of this machine in the place of what Kubernetes would discover. */
function scrapeConfig(addresses: Addresses): string {
  const { kubelet, service, store } = addresses;
  const targets = (['kube-state', 'argocd'] as const).map((job) => ({ job, address: addresses[job] }));
  const values = {
    scrape: {
      interval: '1s',
      namespaces: ['monitoring-demo', 'monitoring-infra'],
      kubelet: { enabled: true },
      targets,
    },
  };
  const data = at(one(renderWith('victoria-metrics', values), 'ConfigMap', 'trial-victoria-metrics'), 'data');
  const config = parse((data as Record<string, string>)['scrape.yaml'] ?? '') as { scrape_configs: Job[] };
  config.scrape_configs = config.scrape_configs.map(({ kubernetes_sd_configs: discovered, ...job }) => {
    if (job.job_name === 'pods') return { ...job, static_configs: [discoveredPod(service)] };
    if (job.job_name === 'victoria-metrics') {
      return { ...job, static_configs: (job.static_configs ?? []).map((each) => ({ ...each, targets: [store] })) };
    }
    if (!discovered) return job;
    const { bearer_token_file: _token, tls_config: _tls, ...plain } = job;
    return {
      ...plain,
      scheme: 'http',
      static_configs: [{ targets: [kubelet], labels: { __meta_kubernetes_node_name: 'node1' } }],
    };
  });
  return stringify(config);
}

/** The bounds that the chart sets, each of which brings metrics of its own. */
function limits(): string[] {
  const flags = at(
    one(renderWith('victoria-metrics'), 'StatefulSet'),
    'spec.template.spec.containers.0.args',
  ) as string[];
  return flags.filter((flag) => /^-(storage\.max|promscrape\.seriesLimit)/.test(flag));
}

function discoveredPod(address: string): { targets: string[]; labels: Tree } {
  const [, port = ''] = address.split(':');
  return {
    targets: [address],
    labels: {
      __meta_kubernetes_namespace: 'ml-inference',
      __meta_kubernetes_pod_name: 'inference-0',
      __meta_kubernetes_pod_phase: 'Running',
      __meta_kubernetes_pod_label_app_kubernetes_io_name: 'inference',
      __meta_kubernetes_pod_label_app_kubernetes_io_component: 'model-server',
      __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
      __meta_kubernetes_pod_annotation_prometheus_io_port: port,
      __meta_kubernetes_pod_container_port_number: port,
      __meta_kubernetes_pod_container_port_protocol: 'TCP',
    },
  };
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const HOUSE = {
  longitude: -122.2,
  latitude: 37.8,
  housing_median_age: 30,
  total_rooms: 2000,
  total_bedrooms: 400,
  population: 1000,
  households: 380,
  median_income: 4.5,
  ocean_proximity: 'NEAR BAY',
};

const TENSOR = { inputs: [{ name: 'x', datatype: 'FP64', shape: [1], data: [21] }] };

/** One request after the other: every endpoint, long and short texts, and some that are refused. */
const REQUESTS: [path: string, init?: RequestInit][] = [
  ['/predict', json({ text: 'This is amazing' })],
  ['/predict', json({ text: 'The worst service that I have ever had the displeasure of waiting for. '.repeat(5) })],
  ['/predict/batch', json({ texts: ['good', 'bad', 'I could not say that I liked it, though my sister did'] })],
  ['/predict/21'],
  ['/predict/house-price', json(HOUSE)],
  [`/v2/models/linear/versions/${BEFORE}/infer`, json(TENSOR)],
  ['/predict', json({ text: '' })],
  ['/predict/-3.5'],
  ['/nowhere'],
];

/** Asks for `seconds`, by more clients at once in the middle of that time than at its ends. */
async function load(url: string, seconds: number): Promise<void> {
  const begun = Date.now();
  const client = async (number: number): Promise<void> => {
    for (let count = number; ; count++) {
      const passed = (Date.now() - begun) / 1000 / seconds;
      if (passed >= 1) return;
      if (number >= 1 + 7 * Math.sin(Math.PI * passed) ** 2) {
        await setTimeout(100);
        continue;
      }
      const [path = '', init] = REQUESTS[count % REQUESTS.length] ?? [];
      await (await fetch(url + path, init)).arrayBuffer();
      await setTimeout(20);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
}
