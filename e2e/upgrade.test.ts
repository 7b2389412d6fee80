import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  IMAGE,
  REPOSITORY,
  WAIT,
  dropNamespaces,
  eventually,
  expectReady,
  forward,
  helm,
  leftovers,
  list,
  query,
  restrictedNamespace,
} from './cluster.js';

/** The chart as `helm package` made it before it had network policies and shared templates. */
const BEFORE = join(REPOSITORY, 'e2e/fixtures/ml-platform-0.1.0.tgz');
const NAMESPACE = 'upgrade';
const TARGET = `--namespace=${NAMESPACE}`;
const IMAGE_TAG = `--set=inference.image.tag=${IMAGE.tag}`;

describe('from the chart before to this one', () => {
  const now = join(inject('platform'), 'charts/ml-platform');

  beforeAll(async () => {
    await restrictedNamespace(NAMESPACE);
    await helm('install', 'trial', BEFORE, TARGET, IMAGE_TAG, ...WAIT);
  });

  afterAll(() => dropNamespaces(NAMESPACE));

  const claims = async (): Promise<string[]> =>
    (await list('persistentvolumeclaims', TARGET)).map(({ metadata }) => (metadata as { uid?: string }).uid ?? '');
  /** The value of the sample that is written before the upgrade. */
  const sample = (): Promise<string> =>
    eventually(
      'the sample',
      120,
      async () => (await query(NAMESPACE, 'trial-victoria-metrics', 'last_over_time(kept[1h])'))[0]?.value[1],
    );

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
    await helm('upgrade', 'trial', now, TARGET, IMAGE_TAG, ...WAIT);
    expect(await claims()).toEqual(claim);
    expect(await sample()).toBe('48');
    expect(await list('networkpolicies', TARGET)).not.toEqual([]);
    await helm('test', 'trial', TARGET, '--timeout=5m');
  });

  test('a rollback brings the chart before back, with the data', async () => {
    await helm('rollback', 'trial', '1', TARGET, ...WAIT);
    expect(await list('networkpolicies', TARGET)).toEqual([]);
    expect(await claims()).toEqual(claim);
    expect(await sample()).toBe('48');
    // Pods of the newer chart are ready until they have drained.
    await expectReady(NAMESPACE, 'app.kubernetes.io/instance=trial', 4);
  });

  test('an uninstallation leaves the claim of the store and the pod of the test, as NOTES.txt says, and nothing else', async () => {
    await helm('upgrade', 'trial', now, TARGET, IMAGE_TAG, ...WAIT);
    const notes = await helm('get', 'notes', 'trial', TARGET);
    await helm('uninstall', 'trial', TARGET, ...WAIT);
    expect(await leftovers(NAMESPACE, 'trial-inference-check')).toEqual([
      'PersistentVolumeClaim/data-trial-victoria-metrics-0',
      'Pod/trial-inference-check',
    ]);
    expect(notes).toContain('delete pod trial-inference-check');
    expect(notes).toContain('data-trial-victoria-metrics-0');
  });
});
