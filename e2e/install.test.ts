import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  eventually,
  forward,
  helm,
  kubectl,
  list,
  readyPods,
  restrictedNamespace,
  run,
  type KubernetesObject,
} from './cluster.js';

const platform = inject('platform');
const chart = join(platform, 'charts/ml-platform');

interface Node extends KubernetesObject {
  status: { addresses: { type: string; address: string }[] };
}

describe('helm install', () => {
  beforeEach(() => restrictedNamespace('ml-inference'));
  afterEach(async () => {
    await helm('uninstall', 'trial', '--namespace=ml-inference', '--wait');
    await kubectl('delete', 'namespace', 'ml-inference', '--wait');
  });

  test('of k3s-hetzner answers on NodePort 32199 and is scaled by an autoscaler that sees its metrics', async () => {
    const values = join(platform, 'environments/k3s-hetzner/values.yaml');
    await helm('install', 'trial', chart, '--namespace=ml-inference', `--values=${values}`, '--wait', '--timeout=5m');

    const [node] = await list<Node>('nodes');
    const host = node?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const answer = await eventually('NodePort 32199', 30, () => fetch(`http://${host}:32199/predict/21`));
    expect(await answer.json()).toMatchObject({ prediction: 48 });

    const [claim] = await list('persistentvolumeclaims', '--namespace=ml-inference');
    expect(claim?.status).toMatchObject({ phase: 'Bound' });
    const metrics = await eventually('the autoscaler to see both metrics', 120, async () => {
      const [autoscaler] = await list('horizontalpodautoscalers', '--namespace=ml-inference');
      const current = autoscaler?.status?.currentMetrics as
        { resource?: { name: string; current: { averageUtilization?: number } } }[] | undefined;
      const seen = current?.filter(({ resource }) => resource?.current.averageUtilization !== undefined);
      return seen?.length === 2 ? seen.map(({ resource }) => resource?.name) : undefined;
    });
    expect(metrics).toEqual(['memory', 'cpu']);
  });

  test.each(['helm', 'helm3'])('with no values at all, by %s', async (program) => {
    const there = await run(program, ['version']).then(
      ({ code }) => code === 0,
      () => false,
    );
    if (!there && program === 'helm3') {
      console.log('helm3 is not on PATH: installed with helm only');
      program = 'helm';
    }
    const { code, stderr } = await run(program, [
      'install',
      'trial',
      chart,
      '--namespace=ml-inference',
      '--wait',
      '--timeout=5m',
    ]);
    expect(stderr).not.toMatch(/would violate PodSecurity/);
    expect(code).toBe(0);
    expect(await readyPods('ml-inference', 'app.kubernetes.io/instance=trial')).toHaveLength(5);
    const health = await forward('ml-inference', 'trial-grafana', 3000, (url) => fetch(`${url}/api/health`));
    expect(health.status).toBe(200);
    await helm('test', 'trial', '--namespace=ml-inference', '--timeout=5m');
  });
});
