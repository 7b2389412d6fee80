import { Failure } from '../errors.js';
import { isObject, type Json, type Manifest } from '../model.js';
import { compare } from './compare.js';
import type { ObjectChange, ObjectId } from './model.js';

/** An object and the Argo CD application that brings it. */
export interface Rendered {
  readonly component: string;
  /** Namespace of what names none itself. */
  readonly namespace: string;
  readonly manifest: Manifest;
}

/** One object on both sides, or on the one that has it. */
export interface Pair extends ObjectId {
  readonly component: string;
  readonly from?: Manifest;
  readonly to?: Manifest;
  /** What it was called on the base side, if something else. */
  readonly was?: Pick<ObjectId, 'namespace' | 'name'>;
}

const CLUSTER_SCOPED = new Set([
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);
/** Path of the annotations by which a chart makes pods roll when a configuration changes that they read. */
const CHECKSUM = 'spec.template.metadata.annotations["checksum/';
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Matches by kind, namespace and name, whatever component or API version brings them; sorted by these. */
export function pairObjects(from: readonly Rendered[], to: readonly Rendered[]): Pair[] {
  const [before, after] = [index(from), index(to)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => {
    const [left, right] = [before.get(key), after.get(key)];
    const one = right ?? left;
    if (one === undefined) return [];
    return {
      ...identify(one),
      component: one.component,
      ...(left === undefined ? {} : { from: left.manifest }),
      ...(right === undefined ? {} : { to: right.manifest }),
    };
  });
}

/** The difference of one object; nothing where there is none. */
export function compareObject({ from, to, was, ...id }: Pair): ObjectChange[] {
  if (was !== undefined) {
    const changes = compare(from, to).filter(({ path }) => !/^metadata\.(?:name|namespace)$/.test(path));
    return [{ ...id, change: 'renamed', was, changes }];
  }
  if (to === undefined) return [{ ...id, change: 'removed', changes: [] }];
  if (from === undefined) return [{ ...id, change: 'added', changes: compare(undefined, to) }];
  const all = compare(from, to);
  if (all.length === 0) return [];
  if (!WORKLOADS.has(id.kind)) return [{ ...id, change: 'changed', changes: all }];
  const changes = all.filter(({ path }) => !path.startsWith(CHECKSUM));
  const template = changes.some(({ path }) => path.startsWith('spec.template.'));
  const rollout = template ? 'template' : changes.length < all.length ? 'configuration' : undefined;
  return [{ ...id, change: 'changed', changes, ...(rollout === undefined ? {} : { rollout }) }];
}

/** The part of a manifest at a path of keys; undefined where there is none. */
export function at(manifest: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), manifest);
}

function identify({ manifest, namespace }: Rendered): ObjectId {
  const { kind, metadata } = manifest;
  if (CLUSTER_SCOPED.has(kind)) return { kind, name: metadata.name };
  return {
    kind,
    namespace: textAt(metadata, 'namespace') || namespace,
    name: metadata.name,
  };
}

/** The text or number at a path, as text; empty where there is none. */
export function textAt(manifest: Json | undefined, ...path: readonly string[]): string {
  const value = at(manifest, ...path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Kubernetes refuses an object without these, and nothing could be matched with it. */
export function requireName(manifest: Manifest, where: string): Manifest {
  if (textAt(manifest, 'kind') !== '' && textAt(manifest, 'metadata', 'name') !== '') return manifest;
  throw new Failure(`an object in ${where} has no kind or no metadata.name`);
}

/** Two objects of one name are both kept: the second one gets a number. */
function index(objects: readonly Rendered[]): Map<string, Rendered> {
  const byKey = new Map<string, Rendered>();
  for (const object of objects) {
    const { kind, namespace = '', name } = identify(object);
    const key = [kind, namespace, name].join('/');
    let free = key;
    for (let number = 2; byKey.has(free); number += 1) free = `${key}/${String(number)}`;
    byKey.set(free, object);
  }
  return byKey;
}
