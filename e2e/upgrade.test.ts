import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  IMAGE,
  REPOSITORY,
  eventually,
  forward,
  helm,
  kubectl,
  list,
  query,
  readyPods,
  restrictedNamespace,
  sh,
} from './cluster.js';

/** The last commit whose charts had neither policies nor shared templates. */
const BEFORE = '1975960';
const NAMESPACE = 'upgrade';
const TARGET = `--namespace=${NAMESPACE}`;
const IMAGE_TAG = `--set=inference.image.tag=${IMAGE.tag}`;

describe('from the chart before to this one', () => {
  const now = join(inject('platform'), 'charts/ml-platform');
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'brolly-before-'));
    await sh('git', ['archive', `--output=${join(folder, 'charts.tar')}`, BEFORE, 'charts/ml-platform'], {
      cwd: REPOSITORY,
    });
    await sh('tar', ['--extract', '--file=charts.tar'], { cwd: folder });
    await restrictedNamespace(NAMESPACE);
    await helm('install', 'trial', join(folder, 'charts/ml-platform'), TARGET, IMAGE_TAG, '--wait', '--timeout=5m');
  });

  afterAll(async () => {
    await helm('uninstall', 'trial', TARGET, '--wait', '--ignore-not-found');
    await kubectl('delete', 'namespace', NAMESPACE, '--wait', '--ignore-not-found');
    await rm(folder, { recursive: true, force: true });
  });

  const claims = async (): Promise<string[]> =>
    (await list('persistentvolumeclaims', TARGET)).map(({ metadata }) => (metadata as { uid?: string }).uid ?? '');
  /** The value of the sample that is written before the upgrade. */
  const sample = (): Promise<string> =>
    eventually(
      'the sample',
      120,
      async () => (await query(NAMESPACE, 'trial-victoria-metrics', 'last_over_time(kept[1h])'))[0]?.value[1],
    );
  const ready = async (): Promise<number> => (await readyPods(NAMESPACE, 'app.kubernetes.io/instance=trial')).length;

  let claim: string[] = [];

  test('the sample is there before', async () => {
    await forward(NAMESPACE, 'trial-victoria-metrics', 8428, async (url) => {
      await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: 'kept 48\n' });
      await fetch(`${url}/internal/force_flush`);
    });
    expect(await sample()).toBe('48');
    claim = await claims();
    expect(claim).toHaveLength(1);
  });

  test('an upgrade keeps the claim and what is on it', async () => {
    await helm('upgrade', 'trial', now, TARGET, IMAGE_TAG, '--wait', '--timeout=5m');
    expect(await claims()).toEqual(claim);
    expect(await sample()).toBe('48');
    expect(await list('networkpolicies', TARGET)).not.toEqual([]);
    await helm('test', 'trial', TARGET, '--timeout=5m');
  });

  test('a rollback brings the chart before back, with the data', async () => {
    await helm('rollback', 'trial', '1', TARGET, '--wait', '--timeout=5m');
    expect(await list('networkpolicies', TARGET)).toEqual([]);
    expect(await claims()).toEqual(claim);
    expect(await sample()).toBe('48');
    // Pods of the newer chart are ready until they have drained.
    await eventually('four pods', 120, async () => ((await ready()) === 4 ? true : undefined));
  });

  test('an uninstallation leaves the claim of the store, as NOTES.txt says, and nothing else', async () => {
    await helm('upgrade', 'trial', now, TARGET, IMAGE_TAG, '--wait', '--timeout=5m');
    const notes = await helm('get', 'notes', 'trial', TARGET);
    await helm('uninstall', 'trial', TARGET, '--wait', '--timeout=5m');
    const kinds =
      'deployments,statefulsets,replicasets,jobs,cronjobs,services,configmaps,secrets,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,ingresses,persistentvolumeclaims';
    const left = await eventually('the pods to go', 120, async () => {
      const objects = await list(`pods,${kinds}`, TARGET);
      return objects.some(({ kind }) => kind === 'Pod') ? undefined : objects;
    });
    // What every namespace has by itself.
    const own = left.filter(({ metadata: { name } }) => name !== 'kube-root-ca.crt' && name !== 'default');
    expect(own.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'PersistentVolumeClaim/data-trial-victoria-metrics-0',
    ]);
    expect(notes).toContain('data-trial-victoria-metrics-0');
  });
});
