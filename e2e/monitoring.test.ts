import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  WAIT,
  dropNamespaces,
  eventually,
  forward,
  helm,
  kubectl,
  leftovers,
  list,
  notesOf,
  query,
  restrictedNamespace,
  run,
  typeAll,
  type KubernetesObject,
} from './cluster.js';

const chart = join(inject('platform'), 'charts/ml-platform');
const NAMESPACE = 'monitoring-e2e';
const TARGET = `--namespace=${NAMESPACE}`;
const STORE = 'store-victoria-metrics';

interface Pod extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & { uid: string };
  status: { containerStatuses: { restartCount: number }[] };
}

/** Values that differ from test to test; the rest is the monitoring component without Grafana, and copies that nobody waits for. */
async function release(...sets: string[]): Promise<void> {
  const values = [`--values=${join(chart, 'components/monitoring.yaml')}`, '--set=grafana.enabled=false'];
  const store = ['persistence.size=1Gi', 'scrape.interval=5s', 'backup.enabled=true', 'backup.schedule=@monthly'];
  const all = [...store, ...sets].map((set) => `--set=victoria-metrics.${set}`);
  await helm('upgrade', '--install', 'store', chart, TARGET, ...values, ...all, ...WAIT);
}

const found = (promql: string): Promise<string> =>
  eventually(promql, 300, async () => (await query(NAMESPACE, STORE, promql))[0]?.value[1]);

async function post(path: string, body = ''): Promise<void> {
  await forward(NAMESPACE, STORE, 8428, async (url) => {
    expect((await fetch(url + path, { method: 'POST', body })).ok, path).toBe(true);
  });
}

async function storePod(): Promise<Pod> {
  const [pod] = await list<Pod>('pods', TARGET, '--selector=app.kubernetes.io/component=metrics-store');
  if (!pod) throw new Error('there is no pod of the store');
  return pod;
}

describe('the metrics store', () => {
  beforeAll(async () => {
    await restrictedNamespace(NAMESPACE);
    await release();
    await post('/api/v1/import/prometheus', 'kept 48\n');
    await post('/internal/force_flush');
  });

  afterAll(async () => {
    await helm('uninstall', 'store', TARGET, '--ignore-not-found'); // of its objects, some are in no namespace
    await dropNamespaces(NAMESPACE);
  });

  test('keeps its samples when its pod is replaced', async () => {
    expect(await found('last_over_time(kept[1h])')).toBe('48');
    const { metadata } = await storePod();
    await kubectl('delete', 'pod', metadata.name, TARGET, '--wait');
    await kubectl('rollout', 'status', `statefulset/${STORE}`, TARGET, '--timeout=5m');
    expect((await storePod()).metadata.uid).not.toBe(metadata.uid);
    expect(await found('last_over_time(kept[1h])')).toBe('48');
  });

  test('takes up a change of what it scrapes without a restart', async () => {
    const before = await storePod();
    const targets = ['itself=127.0.0.1:8428', 'nobody=127.0.0.1:9'].flatMap((each, index) => {
      const [job = '', address = ''] = each.split('=');
      return [`scrape.targets[${String(index)}].job=${job}`, `scrape.targets[${String(index)}].address=${address}`];
    });
    // On many small clusters nobody signs the certificate of a kubelet.
    await release(...targets, 'scrape.kubelet.enabled=true', 'scrape.kubelet.insecureSkipVerify=true');
    // A kubelet brings a new file into the pod within a minute or so, and at once when the pod changes.
    await kubectl('annotate', 'pod', before.metadata.name, TARGET, 'e2e/change=scrape');
    expect(await found('up{job="itself"}')).toBe('1');
    const after = await storePod();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status.containerStatuses.map(({ restartCount }) => restartCount)).toEqual([0]);
  });

  test('reads the kubelets, if it is asked to, and keeps what they say of the scraped namespaces', async () => {
    // Of a container that has only just been started the kubelet may say 0.
    const memory = `container_memory_working_set_bytes{namespace="${NAMESPACE}", pod="${STORE}-0"} > 0`;
    expect(Number(await found(memory))).toBeGreaterThan(1e6);
    expect(await found('count(container_memory_working_set_bytes{namespace="kube-system"}) or vector(0)')).toBe('0');
  });

  test('has its rules evaluated: a target that does not answer becomes an alert', async () => {
    expect(await found('up{component="alerts"}')).toBe('1');
    expect(await found('ALERTS{alertname="TargetDown", job="nobody"}')).toBe('1');
    // the store was away before: what counts is that no rule fails while it is there
    await eventually('rules that are evaluated without an error', 120, async () => {
      const errors = await found('sum(increase(vmalert_execution_errors_total[30s]))');
      return errors === '0' ? errors : undefined;
    });
  });

  test('may list pods where it scrapes, and nothing anywhere else', async () => {
    const may = async (verb: string, what: string, namespace: string): Promise<string> => {
      const account = `--as=system:serviceaccount:${NAMESPACE}:${STORE}`;
      return (await run('kubectl', ['auth', 'can-i', verb, what, account, `--namespace=${namespace}`])).stdout.trim();
    };
    expect(await may('list', 'pods', NAMESPACE)).toBe('yes');
    expect(await may('list', 'pods', 'kube-system')).toBe('no');
    expect(await may('get', 'secrets', NAMESPACE)).toBe('no');
    expect(await may('delete', 'pods', NAMESPACE)).toBe('no');
  });

  test('is copied, and put back after its samples are lost', async () => {
    await kubectl('create', 'job', 'copy', `--from=cronjob/${STORE}-backup`, TARGET);
    await kubectl('wait', 'job/copy', TARGET, '--for=condition=Complete', '--timeout=5m');

    await post('/api/v1/admin/tsdb/delete_series?match[]=kept');
    expect(await query(NAMESPACE, STORE, 'last_over_time(kept[1h])')).toEqual([]);

    await release('backup.restore=true');
    await kubectl('wait', `job/${STORE}-restore`, TARGET, '--for=condition=Complete', '--timeout=10m');
    await release();
    expect(await found('last_over_time(kept[1h])')).toBe('48');
  });

  test('is uninstalled but for its samples and their copies, which go by the last commands of NOTES.txt', async () => {
    const commands = await notesOf('store', NAMESPACE);
    expect(commands).toContain(`kubectl -n ${NAMESPACE} create job copy --from=cronjob/${STORE}-backup`);
    const last = commands.findIndex((command) => command.startsWith('helm'));
    await helm('uninstall', 'store', TARGET, ...WAIT);
    expect(await leftovers(NAMESPACE)).toEqual([
      `PersistentVolumeClaim/data-${STORE}-0`,
      `PersistentVolumeClaim/${STORE}-backup`,
    ]);
    expect(await list('clusterroles,clusterrolebindings', '--selector=app.kubernetes.io/instance=store')).toEqual([]);
    await typeAll(commands.slice(last + 1));
    expect(await leftovers(NAMESPACE)).toEqual([]);
  });
});
