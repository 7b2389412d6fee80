import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import {
  IDLE,
  WAIT,
  apply,
  bystander,
  dropNamespaces,
  eventually,
  helm,
  kubectl,
  query,
  restrictedNamespace,
} from './cluster.js';

interface Traffic {
  components: Record<string, { chart: string; part?: string; when?: string }>;
  connections: { from: string; to: string; ports?: (string | number)[] }[];
}

/**
 * The platform as Argo CD installs it, in two namespaces, and in each of them (and in a third) pods that try every connection.
 * A pod that carries the labels of a component has its policy, whatever runs in it.
 */
const platform = inject('platform');
const chart = join(platform, 'charts/ml-platform');
const traffic = parse(readFileSync(join(chart, 'traffic.yaml'), 'utf8')) as Traffic;
const INFERENCE = 'network-inference';
const MONITORING = 'network-monitoring';
const ELSEWHERE = 'network-elsewhere';

/** Where each component is installed, its Service, and the ports it listens on. */
const HOME: Record<string, { namespace: string; release: string; service?: string; ports: Record<string, number> }> = {
  'model-server': {
    namespace: INFERENCE,
    release: 'inference',
    service: 'inference',
    ports: { http: 8000, grpc: 8001 },
  },
  check: { namespace: INFERENCE, release: 'inference', ports: {} },
  'metrics-store': {
    namespace: MONITORING,
    release: 'monitoring',
    service: 'monitoring-victoria-metrics',
    ports: { http: 8428 },
  },
  alerts: {
    namespace: MONITORING,
    release: 'monitoring',
    service: 'monitoring-victoria-metrics-vmalert',
    ports: { http: 8880 },
  },
  backup: { namespace: MONITORING, release: 'monitoring', ports: {} },
  dashboards: { namespace: MONITORING, release: 'monitoring', service: 'monitoring-grafana', ports: { http: 3000 } },
};

/** Pods that belong to nobody, by the namespace they are in. */
const STRANGERS = [INFERENCE, MONITORING, ELSEWHERE];

interface Target {
  name: string;
  host: string;
  port: number;
}

/** Whether the table lets pods of a component connect to a port of another. */
function isAllowed(from: string, to: string, port: string): boolean {
  return traffic.connections.some(
    (each) =>
      each.from === from &&
      each.to === to &&
      each.ports?.some((name) => name === port || (name === 'metrics' && port === 'http')),
  );
}

/** A pod that waits to be told whom to connect to. It is never ready, so that no Service sends it anything. */
function prober(name: string, namespace: string, labels: Record<string, string>): object {
  const readinessProbe = { exec: { command: ['false'] } };
  return bystander(
    `probe-${name}`,
    namespace,
    { command: IDLE, readinessProbe },
    { labels: { ...labels, probe: name } },
  );
}

/** Tries all targets at once from within a pod: the names of those that accept a connection, and DNS if it answers. */
async function reach(pod: string, namespace: string, targets: Target[]): Promise<string[]> {
  const script = `
    const { lookup } = require('node:dns/promises');
    const { connect } = require('node:net');
    const tries = JSON.parse(process.argv[1]).map(({ name, host, port }) => new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 5000 });
      const end = (open) => { socket.destroy(); resolve(open ? name : undefined); };
      socket.once('connect', () => end(true)).once('timeout', () => end(false)).once('error', () => end(false));
    }));
    tries.push(lookup('kubernetes.default.svc.cluster.local').then(() => 'DNS', () => undefined));
    Promise.all(tries).then((open) => console.log(JSON.stringify(open.filter(Boolean))));`;
  const command = ['node', '--eval', script, '--', JSON.stringify(targets)];
  return JSON.parse(await kubectl('exec', pod, `--namespace=${namespace}`, '--', ...command)) as string[];
}

describe('network policies', () => {
  const targets: Target[] = [];

  beforeAll(async () => {
    await Promise.all([INFERENCE, MONITORING, ELSEWHERE].map(restrictedNamespace));
    const values = join(platform, 'environments/minikube-ci/values.yaml');
    const install = (release: string, namespace: string, ...sets: string[]): Promise<string> =>
      helm(
        'install',
        release,
        chart,
        `--namespace=${namespace}`,
        `--values=${values}`,
        `--values=${join(chart, `components/${release}.yaml`)}`,
        ...sets.map((set) => `--set=${set}`),
        ...WAIT,
      );
    await install('inference', INFERENCE, `inference.networkPolicy.metricsNamespaces={${MONITORING}}`);
    await install(
      'monitoring',
      MONITORING,
      `victoria-metrics.scrape.namespaces={${INFERENCE}}`,
      'victoria-metrics.persistence.enabled=true',
      'victoria-metrics.backup.enabled=true',
    );

    for (const [component, { namespace, service = '', ports }] of Object.entries(HOME)) {
      for (const [name, port] of Object.entries(ports)) {
        targets.push({ name: `${component} ${name}`, host: `${service}.${namespace}.svc.cluster.local`, port });
      }
    }
    targets.push({ name: 'API server', host: 'kubernetes.default.svc.cluster.local', port: 443 });
    // A pod of the cluster that has nothing to do with the platform; autoscalers need it in every cluster.
    targets.push({ name: 'metrics-server', host: 'metrics-server.kube-system.svc.cluster.local', port: 443 });

    const probers = [
      ...Object.entries(HOME).map(([component, { namespace, release }]) => {
        const where = traffic.components[component];
        const labels = {
          'app.kubernetes.io/name': [where?.chart, where?.part].filter(Boolean).join('-'),
          'app.kubernetes.io/instance': release,
          'app.kubernetes.io/component': component,
          'app.kubernetes.io/part-of': 'ml-platform',
        };
        return prober(component, namespace, labels);
      }),
      ...STRANGERS.map((namespace) => prober('stranger', namespace, {})),
    ];
    await apply(...probers);
    for (const namespace of STRANGERS) {
      await kubectl(
        'wait',
        'pods',
        '--selector=probe',
        `--namespace=${namespace}`,
        '--for=jsonpath={.status.phase}=Running',
        '--timeout=300s',
      );
    }
  });

  afterAll(() => dropNamespaces(INFERENCE, MONITORING, ELSEWHERE));

  /** Policies take hold some seconds after a pod starts: what counts is what they come to, and that they stay there. */
  async function expectReach(pod: string, namespace: string, wanted: string[]): Promise<void> {
    const settled = async (): Promise<string[]> => (await reach(pod, namespace, targets)).sort();
    await eventually(`${pod} in ${namespace} to reach ${wanted.join(', ')} only`, 120, async () => {
      const open = await settled();
      if (open.join() === [...wanted].sort().join()) return true;
      throw new Error(`reaches ${open.join(', ')}`);
    });
    expect(await settled()).toEqual([...wanted].sort());
  }

  test('the table names every component that is installed', () => {
    expect(Object.keys(traffic.components).sort()).toEqual(Object.keys(HOME).sort());
  });

  // A connection that is refused takes its time to be seen so, hence all pods at once.
  test.concurrent.each(Object.keys(HOME))(
    '%s reaches what the table allows it, and nothing else',
    async (component) => {
      const { namespace } = HOME[component] ?? { namespace: '' };
      const wanted = targets
        .map(({ name }) => name)
        .filter((name) => {
          const [to = '', port = ''] = name.split(' ');
          return isAllowed(component, to, port) || (name === 'API server' && component === 'metrics-store');
        });
      await expectReach(`probe-${component}`, namespace, ['DNS', ...wanted]);
    },
  );

  test.concurrent.each([
    [INFERENCE, ['model-server http', 'model-server grpc']],
    [MONITORING, ['dashboards http']],
    [ELSEWHERE, []],
  ])('a stranger in %s reaches what is open to its namespace', async (namespace, open) => {
    // No policy holds a stranger back, so it leaves for whatever has none either.
    await expectReach('probe-stranger', namespace, ['DNS', ...open, 'API server', 'metrics-server']);
  });

  test('the store reads the metrics of the other release', async () => {
    await eventually('both pods, read', 120, async () => {
      const up = await query(MONITORING, 'monitoring-victoria-metrics', 'up{job="pods",app="inference"}');
      if (up.map(({ value }) => value[1]).join() === '1,1') return true;
      throw new Error(JSON.stringify(up));
    });
  });
});
