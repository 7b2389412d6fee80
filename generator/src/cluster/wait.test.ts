import { describe, expect, it } from 'vitest';
import { fakeContext } from '../../test/fakes.js';
import type { JsonObject } from '../model.js';
import type { Cluster } from './connect.js';
import { waitUntilReady } from './wait.js';

const RELEASE = { name: 'brolly', namespace: 'ml' };

/** The objects of one Deployment of one pod. */
function objects(available: number, reason?: string): JsonObject {
  const annotations = { 'deployment.kubernetes.io/revision': '1' };
  const state = reason === undefined ? { running: {} } : { waiting: { reason, message: 'back-off' } };
  return {
    items: [
      {
        kind: 'Deployment',
        metadata: { name: 'api', uid: 'd', generation: 1, annotations },
        spec: { replicas: 1 },
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 },
      },
      {
        kind: 'ReplicaSet',
        metadata: { name: 'api-1', uid: 'r', annotations, ownerReferences: [{ uid: 'd' }] },
        status: { availableReplicas: available },
      },
      {
        kind: 'Pod',
        metadata: { name: 'api-1-x', ownerReferences: [{ uid: 'r' }] },
        status: { containerStatuses: [{ name: 'main', state }] },
      },
    ],
  };
}

/** Gives the states one after the other, the last one for ever. */
function fakeCluster(states: JsonObject[], logs: Record<string, string> = {}): Cluster {
  let asked = 0;
  return {
    context: 'trial',
    server: 'https://127.0.0.1',
    local: true,
    provider: { kind: 'other' },
    kubectlJson: () => Promise.resolve(states[Math.min(asked++, states.length - 1)] ?? {}),
    helm: () => Promise.reject(new Error('not asked for')),
    kubectl: (...args) => {
      const log = logs[args.includes('--previous') ? 'previous' : 'current'];
      return log === undefined ? Promise.reject(new Error('no such log')) : Promise.resolve(log);
    },
  };
}

describe('waitUntilReady', () => {
  it('shows how far each workload is until all are ready', async () => {
    const context = fakeContext('/repo');
    await waitUntilReady(context, fakeCluster([objects(0, 'ImagePullBackOff'), objects(1)]), RELEASE, 60);
    expect(context.lines).toEqual(['api 0/1 (api-1-x: ImagePullBackOff)', 'api 1/1']);
  });

  it('fails at a crash loop at once, with the last lines of the container that crashed', async () => {
    const cluster = fakeCluster([objects(0, 'CrashLoopBackOff')], { previous: 'wrong hash\nexit\n', current: 'new' });
    await expect(waitUntilReady(fakeContext('/repo'), cluster, RELEASE, 60)).rejects.toMatchObject({
      message:
        'a container crashes over and over\n  pod api-1-x, container main: CrashLoopBackOff back-off\n    wrong hash\n    exit',
      hint: 'kubectl --context trial --namespace ml describe pods',
    });
  });

  it('fails when the time is over, and shows the log that there is', async () => {
    const cluster = fakeCluster([objects(0, 'ErrImagePull')], { current: 'only line' });
    await expect(waitUntilReady(fakeContext('/repo'), cluster, RELEASE, 0)).rejects.toThrow(
      /^not ready within 0 s: api 0\/1 \(api-1-x: ErrImagePull\)\n {2}pod api-1-x.*\n {4}only line$/,
    );
  });

  it('stops waiting when interrupted, and says that the release stays', async () => {
    const context = fakeContext('/repo');
    const waiting = waitUntilReady(context, fakeCluster([objects(0)]), RELEASE, 60);
    context.interrupt();
    await expect(waiting).rejects.toMatchObject({
      message: 'stopped waiting: api 0/1',
      hint: expect.stringContaining('brolly down') as string,
    });
  });

  it('fails for a release without workloads', async () => {
    await expect(waitUntilReady(fakeContext('/repo'), fakeCluster([{ items: [] }]), RELEASE, 60)).rejects.toThrow(
      'release brolly in ml has no workload',
    );
  });
});
