import { isObject, type Json, type JsonObject } from '../model.js';
import { canonical } from './compare.js';
import { imageMoves } from './danger-images.js';
import { widenedPermissions } from './danger-rbac.js';
import { formatObject, type Danger } from './model.js';
import { at, textAt, type Pair } from './objects.js';

/** Gives a message for everything dangerous that it sees in one pair of objects. */
type Rule = (pair: Pair) => readonly (string | undefined)[];

const CONTROLLERS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

/** What a reviewer has to know before anything else, by the name of the rule. */
const RULES: Readonly<Record<string, Rule>> = {
  'immutable-field': (pair) => {
    const { kind, from, to } = pair;
    if (from === undefined || to === undefined) return [];
    const refused = (...path: string[]): string | undefined =>
      differs(pair, path)
        ? `${path.join('.')} cannot be changed: the API server refuses it until the object is deleted`
        : undefined;
    return [
      ...(CONTROLLERS.includes(kind) ? [refused('spec', 'selector')] : []),
      ...(kind === 'StatefulSet'
        ? ['volumeClaimTemplates', 'serviceName', 'podManagementPolicy'].map((field) => refused('spec', field))
        : []),
      ...(kind === 'Job' ? [refused('spec', 'selector'), refused('spec', 'template')] : []),
      ...(kind === 'Service' ? [refused('spec', 'clusterIP'), changed(pair, 'spec', 'type')] : []),
      ...(kind === 'PersistentVolumeClaim'
        ? ['storageClassName', 'accessModes', 'volumeName'].map((field) => refused('spec', field))
        : []),
      ...(kind.endsWith('RoleBinding') ? [refused('roleRef')] : []),
      ...(at(from, 'immutable') === true ? [refused('data'), refused('stringData'), refused('binaryData')] : []),
    ];
  },
  'data-removed': ({ kind, to }) => {
    const lost: Readonly<Record<string, string>> = {
      PersistentVolumeClaim: 'the claim is removed, and with it its data',
      StatefulSet: 'the StatefulSet is removed: its pods go, and its claims are left without an owner',
      Namespace: 'the namespace is removed with everything in it',
      CustomResourceDefinition: 'the definition is removed, and with it every object of its kind',
    };
    return to === undefined ? [lost[kind]] : [];
  },
  'image-moved': imageMoves,
  'rbac-widened': widenedPermissions,
  'replicas-lowered': (pair) => [
    ...(CONTROLLERS.includes(pair.kind) ? [lowered(pair, 'replicas')] : []),
    ...(pair.kind === 'HorizontalPodAutoscaler' ? [lowered(pair, 'minReplicas'), lowered(pair, 'maxReplicas')] : []),
  ],
  'secret-changed': (pair) => {
    if (pair.kind !== 'Secret') return [];
    if (pair.to === undefined) return ['the Secret is removed: pods that read it do not start'];
    if (pair.from === undefined) return [];
    const contents = (secret: Json): string =>
      canonical([at(secret, 'type') ?? null, { ...entries(secret, 'data'), ...entries(secret, 'stringData') }]);
    return contents(pair.from) !== contents(pair.to)
      ? ['the contents change: pods that read it as environment variables see it after a restart only']
      : [];
  },
  'node-port-changed': (pair) => {
    if (pair.kind !== 'Service' || pair.from === undefined) return [];
    const [before, after] = [nodePorts(pair.from), nodePorts(pair.to)];
    if (before.length === 0 || before.join() === after.join()) return [];
    return [
      `node ports ${before.join(', ')} → ${after.length === 0 ? 'none' : after.join(', ')}: clients outside of the cluster lose it`,
    ];
  },
  'application-pruned': ({ kind, from, to }) => {
    if (kind !== 'Application' || to !== undefined) return [];
    const finalizers = at(from, 'metadata', 'finalizers');
    const cascades =
      Array.isArray(finalizers) &&
      finalizers.some((name) => typeof name === 'string' && name.startsWith('resources-finalizer.argocd.argoproj.io'));
    return [
      cascades
        ? 'the application is pruned, and Argo CD deletes everything that it installed'
        : 'the application is pruned; what it installed is left without an owner',
    ];
  },
};

/** Every danger in the objects of one environment, in the order of the rules. */
export function findDangers(pairs: readonly Pair[]): Danger[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    pairs.flatMap((pair) =>
      check(pair)
        .filter((message) => message !== undefined)
        .map((message) => ({ rule, object: formatObject(pair), message })),
    ),
  );
}

function entries(object: Json, field: string): JsonObject {
  const value = at(object, field);
  return isObject(value) ? value : {};
}

function differs({ from, to }: Pair, path: readonly string[]): boolean {
  const [before, after] = [at(from, ...path), at(to, ...path)];
  return canonical(before ?? null) !== canonical(after ?? null);
}

function changed(pair: Pair, ...path: string[]): string | undefined {
  if (!differs(pair, path)) return undefined;
  const [before, after] = [pair.from, pair.to].map((side) => textAt(side, ...path) || 'the default');
  return `${path.join('.')} ${before ?? ''} → ${after ?? ''}: its address changes, and an apply may be refused`;
}

function lowered({ from, to }: Pair, field: string): string | undefined {
  const [before, after] = [at(from, 'spec', field), at(to, 'spec', field)];
  if (typeof before !== 'number' || typeof after !== 'number' || after >= before) return undefined;
  return `spec.${field} ${String(before)} → ${String(after)}`;
}

function nodePorts(service: Json | undefined): number[] {
  const ports = at(service, 'spec', 'ports');
  if (!Array.isArray(ports)) return [];
  return ports
    .map((port) => at(port, 'nodePort'))
    .filter((port) => typeof port === 'number')
    .sort((a, b) => a - b);
}
