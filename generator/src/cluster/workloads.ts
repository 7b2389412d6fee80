import { Failure } from '../errors.js';
import { objectIn, objectsIn, textOf } from '../fields.js';
import type { Json, JsonObject } from '../model.js';
import type { Cluster } from './connect.js';
import type { Release } from './release.js';

/** A pod that is not well, and why, in Kubernetes' own words. */
export interface PodTrouble {
  readonly pod: string;
  readonly container?: string;
  /** `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, … */
  readonly reason: string;
  readonly message: string;
}

/** How far a Deployment or StatefulSet is. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly name: string;
  /** Pods of the newest revision that are ready. */
  readonly ready: number;
  readonly desired: number;
  /** Rolled out: every pod is of the newest revision and ready, and no older one is left. */
  readonly done: boolean;
  /** Troubles of pods of the newest revision, and of the workload itself. */
  readonly troubles: readonly PodTrouble[];
}

/** Reads the workloads of a release. Throws a Failure when it has none. */
export async function readWorkloads(cluster: Cluster, release: Release): Promise<Workload[]> {
  const kinds = 'deployments,statefulsets,replicasets,pods';
  const label = `app.kubernetes.io/instance=${release.name}`;
  const list = await cluster.kubectlJson('get', kinds, '--namespace', release.namespace, '--selector', label);
  const workloads = toWorkloads(objectsIn(list, 'items'));
  if (workloads.length === 0) throw new Failure(`release ${release.name} in ${release.namespace} has no workload`);
  return workloads;
}

/** `inference 1/2 (brolly-inference-x: ImagePullBackOff)`. */
export function describeWorkload({ name, ready, desired, troubles }: Workload): string {
  const why = troubles.map(({ pod, reason }) => `${pod}: ${reason}`).join(', ');
  return `${name} ${String(ready)}/${String(desired)}${why === '' ? '' : ` (${why})`}`;
}

/** Works out the state of each workload from Deployments, StatefulSets, ReplicaSets and Pods as the API server gives them. */
export function toWorkloads(objects: readonly JsonObject[]): Workload[] {
  const ofKind = (kind: string): JsonObject[] => objects.filter((object) => object.kind === kind);
  const pods = ofKind('Pod');
  const deployments = ofKind('Deployment').map((deployment): Workload => {
    const newest = ofKind('ReplicaSet').find(
      (set) => isObserved(deployment) && isOwnedBy(set, deployment) && revisionOf(set) === revisionOf(deployment),
    );
    const own = pods.filter((pod) => newest !== undefined && isOwnedBy(pod, newest));
    const troubles = [...troublesOfDeployment(deployment), ...own.flatMap(troublesOfPod)];
    const ready = toNumber(objectIn(newest, 'status').availableReplicas);
    return { kind: 'Deployment', ...progress(deployment, ready), troubles };
  });
  const sets = ofKind('StatefulSet').map((set): Workload => {
    const own = pods.filter((pod) => isOwnedBy(pod, set));
    const ready = own.filter((pod) => isNewest(pod, set) && isReady(pod)).length;
    return { kind: 'StatefulSet', ...progress(set, ready), troubles: own.flatMap(troublesOfPod) };
  });
  return [...deployments, ...sets];
}

/** The rules of `kubectl rollout status`; `ready` counts pods of the newest revision. */
function progress(workload: JsonObject, ready: number): Pick<Workload, 'name' | 'ready' | 'desired' | 'done'> {
  const { replicas, updatedReplicas } = objectIn(workload, 'status');
  const desired = toNumber(objectIn(workload, 'spec').replicas ?? 1);
  const noneOlder = toNumber(replicas) <= toNumber(updatedReplicas);
  return { name: nameOf(workload), ready, desired, done: isObserved(workload) && ready >= desired && noneOlder };
}

/** Whether a pod of a StatefulSet is of its newest revision. */
function isNewest(pod: JsonObject, set: JsonObject): boolean {
  const revision = objectIn(objectIn(pod, 'metadata'), 'labels')['controller-revision-hash'];
  return revision !== undefined && revision === objectIn(set, 'status').updateRevision;
}

function isReady(pod: JsonObject): boolean {
  return objectsIn(objectIn(pod, 'status'), 'conditions').some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
}

/** Whether its controller has seen the newest specification; until then the status, and the newest revision, are of an older one. */
function isObserved(workload: JsonObject): boolean {
  const { generation } = objectIn(workload, 'metadata');
  return toNumber(objectIn(workload, 'status').observedGeneration) >= toNumber(generation);
}

/** The API server leaves out a count that is 0. */
function toNumber(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function troublesOfDeployment(deployment: JsonObject): PodTrouble[] {
  return objectsIn(objectIn(deployment, 'status'), 'conditions')
    .filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    .map(({ reason, message }) => ({ pod: nameOf(deployment), reason: textOf(reason), message: textOf(message) }));
}

/** Waiting reasons that only say that a pod is on its way. */
const NORMAL = new Set(['ContainerCreating', 'PodInitializing']);

function troublesOfPod(pod: JsonObject): PodTrouble[] {
  const status = objectIn(pod, 'status');
  const name = nameOf(pod);
  const unschedulable = objectsIn(status, 'conditions')
    .filter((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
    .map(({ reason, message }) => ({ pod: name, reason: textOf(reason), message: textOf(message) }));
  const containers = [...objectsIn(status, 'initContainerStatuses'), ...objectsIn(status, 'containerStatuses')];
  const waiting = containers.flatMap((container): PodTrouble[] => {
    const { reason, message } = objectIn(objectIn(container, 'state'), 'waiting');
    if (typeof reason !== 'string' || NORMAL.has(reason)) return [];
    return [{ pod: name, container: textOf(container.name), reason, message: textOf(message) }];
  });
  return [...unschedulable, ...waiting];
}

function nameOf(object: JsonObject): string {
  return textOf(objectIn(object, 'metadata').name);
}

function isOwnedBy(object: JsonObject, owner: JsonObject): boolean {
  const { uid } = objectIn(owner, 'metadata');
  return (
    uid !== undefined &&
    objectsIn(objectIn(object, 'metadata'), 'ownerReferences').some((reference) => reference.uid === uid)
  );
}

function revisionOf(object: JsonObject): unknown {
  return objectIn(objectIn(object, 'metadata'), 'annotations')['deployment.kubernetes.io/revision'];
}
