import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import {
  WAIT,
  apply,
  bystander,
  dropNamespaces,
  eventually,
  helm,
  kubectl,
  list,
  query,
  restrictedNamespace,
  type Pod,
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

/** What lies outside of the platform, by its name in the table: here a pod that nothing else leads to, on these ports. */
const OUTSIDE: Record<string, number> = {
  'scrape-targets': 9100,
  kubelets: 10250,
  alertmanagers: 9093,
  'object-storage': 9000,
};
const LISTEN = `for (const port of [${Object.values(OUTSIDE).join()}]) require('node:net').createServer().listen(port)`;

/** The targets that the table lets a component connect to. @param outside whether the values name what lies outside */
function reachable(component: string, outside: boolean): string[] {
  return traffic.connections
    .filter(({ from }) => from === component)
    .flatMap(({ to, ports = [] }) => {
      if (to === 'dns') return ['DNS'];
      if (to === 'kubernetes-api') return ['API server'];
      if (to === 'scraped-pods') return [`stranger in ${INFERENCE}`, `stranger in ${MONITORING}`];
      if (to in OUTSIDE) return outside ? [to] : [];
      return ports.map((port) => `${to} ${port === 'metrics' ? 'http' : String(port)}`);
    });
}

/** A pod from which others are tried. It is never ready, so that no Service sends it anything. */
function prober(name: string, namespace: string, labels: Record<string, string>): object {
  const readinessProbe = { exec: { command: ['false'] } };
  const command = ['node', '--eval', `${LISTEN}; setInterval(() => {}, 1000)`];
  return bystander(`probe-${name}`, namespace, { command, readinessProbe }, { labels: { ...labels, probe: name } });
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

async function install(release: string, namespace: string, ...sets: string[]): Promise<void> {
  await helm(
    'upgrade',
    '--install',
    release,
    chart,
    `--namespace=${namespace}`,
    `--values=${join(platform, 'environments/minikube-ci/values.yaml')}`,
    `--values=${join(chart, `components/${release}.yaml`)}`,
    ...sets.map((set) => `--set=${set}`),
    ...WAIT,
  );
}

const MONITORING_VALUES = [
  `victoria-metrics.scrape.namespaces={${INFERENCE}}`,
  'victoria-metrics.persistence.enabled=true',
  'victoria-metrics.backup.enabled=true',
];

async function strangerAddress(namespace: string): Promise<string> {
  const [pod] = await list<Pod>('pods', `--namespace=${namespace}`, '--selector=probe=stranger');
  return pod?.status.podIP ?? '';
}

describe('network policies', () => {
  const targets: Target[] = [];

  beforeAll(async () => {
    await Promise.all([INFERENCE, MONITORING, ELSEWHERE].map(restrictedNamespace));
    await install('inference', INFERENCE, `inference.networkPolicy.metricsNamespaces={${MONITORING}}`);
    await install('monitoring', MONITORING, ...MONITORING_VALUES);

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
    for (const namespace of [INFERENCE, MONITORING]) {
      targets.push({ name: `stranger in ${namespace}`, host: await strangerAddress(namespace), port: 9100 });
    }
    const host = await strangerAddress(ELSEWHERE);
    for (const [name, port] of Object.entries(OUTSIDE)) targets.push({ name, host, port });
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

  const expectComponent = (component: string, outside: boolean): Promise<void> =>
    expectReach(`probe-${component}`, HOME[component]?.namespace ?? '', reachable(component, outside));

  /** No policy holds a stranger back, so it leaves for whatever has none either. */
  const expectStranger = (namespace: string, open: string[]): Promise<void> => {
    const unguarded = targets
      .map(({ name }) => name)
      .filter((name) => !Object.keys(HOME).some((each) => name.startsWith(`${each} `)));
    return expectReach('probe-stranger', namespace, ['DNS', ...unguarded, ...open]);
  };

  test('the table names every component that is installed', () => {
    expect(Object.keys(traffic.components).sort()).toEqual(Object.keys(HOME).sort());
  });

  // A connection that is refused takes its time to be seen so, hence all pods at once.
  test.concurrent.each(Object.keys(HOME))('%s reaches what the table allows it, and nothing else', (component) =>
    expectComponent(component, false),
  );

  test.concurrent.each([
    [INFERENCE, ['model-server http', 'model-server grpc']],
    [MONITORING, ['dashboards http']],
    [ELSEWHERE, []],
  ])('a stranger in %s reaches what is open to its namespace', expectStranger);

  test('the store reads the metrics of the other release', async () => {
    await eventually('both pods, read', 120, async () => {
      const up = await query(MONITORING, 'monitoring-victoria-metrics', 'up{job="pods",app="inference"}');
      if (up.map(({ value }) => value[1]).join() === '1,1') return true;
      throw new Error(JSON.stringify(up));
    });
  });

  describe('once the values name what lies outside, and clients elsewhere', () => {
    beforeAll(async () => {
      const host = await strangerAddress(ELSEWHERE);
      // A cluster may have pods on the port of kubelets that are none.
      targets.splice(
        targets.findIndex(({ name }) => name === 'metrics-server'),
        1,
      );
      await install(
        'monitoring',
        MONITORING,
        ...MONITORING_VALUES,
        `victoria-metrics.scrape.targets[0].job=outside,victoria-metrics.scrape.targets[0].address=${host}:9100`,
        'victoria-metrics.scrape.kubelet.enabled=true',
        `victoria-metrics.alerts.notifiers={http://${host}:9093}`,
        `victoria-metrics.backup.destination=s3://copies/e2e,victoria-metrics.backup.s3Endpoint=http://${host}:9000`,
        `victoria-metrics.networkPolicy.clients.namespaces={${ELSEWHERE}}`,
        `grafana.networkPolicy.clients.namespaces={${ELSEWHERE}}`,
      );
    });
    // Of its objects, some are in no namespace.
    afterAll(() => helm('uninstall', 'monitoring', `--namespace=${MONITORING}`));

    test.concurrent.each(Object.keys(HOME))('%s reaches that as well, if the table says so', (component) =>
      expectComponent(component, true),
    );

    test('a stranger elsewhere reaches what is open to it', () =>
      expectStranger(ELSEWHERE, ['metrics-store http', 'dashboards http']));
  });
});
