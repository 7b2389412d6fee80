import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model.js';
import { describeWorkload, toWorkloads } from './workloads.js';

const REVISION = 'deployment.kubernetes.io/revision';

function deployment(status: JsonObject, generation = 2): JsonObject {
  const metadata = { name: 'api', uid: 'd', generation, annotations: { [REVISION]: '2' } };
  return { kind: 'Deployment', metadata, spec: { replicas: 2 }, status: { observedGeneration: 2, ...status } };
}
function replicaSet(uid: string, revision: string, availableReplicas = 0): JsonObject {
  const metadata = { name: uid, uid, annotations: { [REVISION]: revision }, ownerReferences: [{ uid: 'd' }] };
  return { kind: 'ReplicaSet', metadata, status: { availableReplicas } };
}
function pod(name: string, owner: string, status: JsonObject = {}, labels: JsonObject = {}): JsonObject {
  return { kind: 'Pod', metadata: { name, labels, ownerReferences: [{ uid: owner }] }, status };
}
const waiting = (reason: string): JsonObject => ({
  containerStatuses: [{ name: 'main', state: { waiting: { reason, message: 'because' } } }],
});

describe('a Deployment', () => {
  it('is done when every pod is of the newest revision and available', () => {
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    expect(toWorkloads([deployment(status), replicaSet('new', '2', 2)])).toEqual([
      { kind: 'Deployment', name: 'api', ready: 2, desired: 2, done: true, troubles: [] },
    ]);
  });

  it('counts no pod of an older revision, and waits until the last of them is gone', () => {
    const rolling = deployment({ replicas: 3, updatedReplicas: 1, availableReplicas: 2 });
    expect(toWorkloads([rolling, replicaSet('old', '1', 2), replicaSet('new', '2')])).toMatchObject([
      { ready: 0, desired: 2, done: false },
    ]);
    const last = deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 3 });
    expect(toWorkloads([last, replicaSet('old', '1', 1), replicaSet('new', '2', 2)])).toMatchObject([
      { ready: 2, done: false },
    ]);
  });

  it('is not done, and in no trouble, before its controller has seen the change', () => {
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    const objects = [
      deployment(status, 3),
      replicaSet('old', '2', 2),
      pod('api-1', 'old', waiting('CrashLoopBackOff')),
    ];
    expect(toWorkloads(objects)).toMatchObject([{ done: false, troubles: [] }]);
  });

  it('is done with no pods when none are wanted', () => {
    const none = { ...deployment({}), spec: { replicas: 0 } };
    expect(toWorkloads([none, replicaSet('new', '2')])).toMatchObject([{ ready: 0, desired: 0, done: true }]);
  });

  it('names what keeps the pods of its newest revision waiting, and not those of the one before', () => {
    const objects = [
      deployment({ replicas: 3, updatedReplicas: 1 }),
      replicaSet('old', '1'),
      replicaSet('new', '2'),
      pod('api-old', 'old', waiting('CrashLoopBackOff')),
      pod('api-new', 'new', waiting('ImagePullBackOff')),
      pod('api-newer', 'new', waiting('ContainerCreating')),
    ];
    expect(toWorkloads(objects)[0]?.troubles).toEqual([
      { pod: 'api-new', container: 'main', reason: 'ImagePullBackOff', message: 'because' },
    ]);
  });

  it('names a pod that fits on no node, and pods that may not be made', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }];
    const refused = [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'violates PodSecurity' },
    ];
    const objects = [
      deployment({ conditions: refused }),
      replicaSet('new', '2'),
      pod('api-new', 'new', { conditions }),
    ];
    expect(toWorkloads(objects)[0]?.troubles).toEqual([
      { pod: 'api', reason: 'FailedCreate', message: 'violates PodSecurity' },
      { pod: 'api-new', reason: 'Unschedulable', message: '0/1 nodes' },
    ]);
  });
});

describe('a StatefulSet', () => {
  const set: JsonObject = {
    kind: 'StatefulSet',
    metadata: { name: 'store', uid: 's', generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, updateRevision: 'r2' },
  };
  const conditions = [{ type: 'Ready', status: 'True' }];

  it('is done when its pods are ready and of the newest revision', () => {
    const newest = pod('store-0', 's', { conditions }, { 'controller-revision-hash': 'r2' });
    expect(toWorkloads([set, newest])).toMatchObject([{ kind: 'StatefulSet', ready: 1, done: true }]);
    const older = pod('store-0', 's', { conditions }, { 'controller-revision-hash': 'r1' });
    expect(toWorkloads([set, older])).toMatchObject([{ ready: 0, done: false }]);
  });
});

it('describes a workload in one line', () => {
  const troubles = [{ pod: 'api-x', reason: 'ImagePullBackOff', message: 'a long story' }];
  const workload = { kind: 'Deployment', name: 'api', ready: 1, desired: 2, done: false, troubles } as const;
  expect(describeWorkload(workload)).toBe('api 1/2 (api-x: ImagePullBackOff)');
});
