import { availableParallelism, totalmem } from 'node:os';
import { objectIn, objectsIn, textOf } from '../fields.js';
import { isObject, type JsonObject, type Manifest } from '../model.js';
import type { ServiceWorkload } from '../services.js';
import { divideQuantity, parseQuantity } from './quantity.js';

/** When and how to ask a process how it is; all times as in Kubernetes, with its defaults filled in. */
export interface Probe {
  readonly path: string;
  readonly port: number;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** A file of a ConfigMap volume, or a folder that starts empty. */
export interface Mount {
  /** Where the container would see it. */
  readonly mountPath: string;
  /** Text by file name; none for an empty folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** One process in the place of all pods of a Deployment. */
export interface ProcessPlan {
  /** Name of the Deployment. */
  readonly name: string;
  /** Folder below `services/`. */
  readonly service: string;
  /** Pods that a cluster would run. */
  readonly replicas: number;
  /** As the manifest gives them: paths of mounts are those of the container. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly startup: Probe | undefined;
  readonly readiness: Probe | undefined;
  readonly liveness: Probe | undefined;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
}

/** What it takes to run a workload here; every part of its manifest that cannot be had outside a cluster adds a problem. */
export function planProcess(
  workload: ServiceWorkload,
  manifests: readonly Manifest[],
  problems: string[],
): ProcessPlan {
  const { service, deployment, template, container } = workload;
  const pod = objectIn(template, 'spec');
  const { name } = deployment.metadata;
  const problem = (what: string): void => void problems.push(`${name}: ${what}`);
  if (container.command !== undefined) problem('a command of its own, and only the program of the image runs here');
  if (container.envFrom !== undefined) problem('envFrom');
  if (objectsIn(pod, 'containers').length > 1 || pod.initContainers !== undefined) problem('more than one container');

  const ports = objectsIn(container, 'ports').map((port) => ({
    name: textOf(port.name),
    port: Number(port.containerPort),
  }));
  const env = resolveEnv(workload, manifests, problem);
  const probe = (key: string): Probe | undefined => {
    const value = container[key];
    return isObject(value) ? readProbe(key, value, ports, problem) : undefined;
  };
  return {
    name,
    service,
    replicas: Number(objectIn(deployment, 'spec').replicas ?? 1),
    args: Array.isArray(container.args) ? container.args.map((arg) => expand(textOf(arg), env)) : [],
    env,
    mounts: readMounts(pod, container, manifests, problem),
    ports,
    startup: probe('startupProbe'),
    readiness: probe('readinessProbe'),
    liveness: probe('livenessProbe'),
    graceSeconds: Number(pod.terminationGracePeriodSeconds ?? 30),
  };
}

type Report = (what: string) => void;

function resolveEnv(
  workload: ServiceWorkload,
  manifests: readonly Manifest[],
  problem: Report,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of objectsIn(workload.container, 'env')) {
    const key = textOf(name);
    const resolved = isObject(valueFrom)
      ? resolveReference(key, valueFrom, workload, manifests, problem)
      : expand(textOf(value), env);
    if (resolved !== undefined) env[key] = resolved;
  }
  return env;
}

function resolveReference(
  key: string,
  from: JsonObject,
  workload: ServiceWorkload,
  manifests: readonly Manifest[],
  problem: Report,
): string | undefined {
  const secret = from.secretKeyRef;
  if (isObject(secret)) {
    if (secret.optional === true) return undefined;
    problem(
      `${key} comes from key ${textOf(secret.key)} of Secret ${textOf(secret.name)}, and there are no Secrets here`,
    );
    return undefined;
  }
  const config = from.configMapKeyRef;
  if (isObject(config)) {
    const value = configMapData(manifests, textOf(config.name))?.[textOf(config.key)];
    if (value === undefined && config.optional !== true) {
      problem(
        `${key} comes from key ${textOf(config.key)} of ConfigMap ${textOf(config.name)}, which the release does not have`,
      );
    }
    return value;
  }
  const resource = from.resourceFieldRef;
  const resolved = isObject(resource)
    ? resolveResource(resource, workload)
    : resolveField(objectIn(from, 'fieldRef'), workload);
  if (resolved === undefined) problem(`${key} comes from ${JSON.stringify(from)}, which has no meaning here`);
  return resolved;
}

/** Without a limit of its own a container may use the whole machine. */
const MACHINE: Readonly<Record<string, () => number>> = { cpu: availableParallelism, memory: totalmem };

function resolveResource(reference: JsonObject, { container }: ServiceWorkload): string | undefined {
  const [group = '', name = ''] = textOf(reference.resource).split('.');
  const set = objectIn(objectIn(container, 'resources'), group)[name];
  const quantity = set === undefined ? MACHINE[name]?.() : parseQuantity(textOf(set));
  // "0" is how Kubernetes writes a divisor that was not given
  const divisor = parseQuantity(reference.divisor === '0' ? '1' : textOf(reference.divisor ?? '1'));
  if (quantity === undefined || divisor === undefined) return undefined;
  return String(divideQuantity(quantity, divisor));
}

function resolveField(reference: JsonObject, { deployment, template }: ServiceWorkload): string | undefined {
  const path = textOf(reference.fieldPath);
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed?.[1] !== undefined && keyed[2] !== undefined) {
    return textOf(objectIn(objectIn(template, 'metadata'), keyed[1])[keyed[2]] ?? '');
  }
  switch (path) {
    case 'metadata.name':
      return `${deployment.metadata.name}-0`;
    case 'metadata.namespace':
      return textOf(deployment.metadata.namespace ?? 'default');
    case 'spec.nodeName':
      return 'localhost';
    case 'spec.serviceAccountName':
      return textOf(objectIn(template, 'spec').serviceAccountName ?? 'default');
    case 'status.podIP':
    case 'status.hostIP':
      return '127.0.0.1';
    default:
      return undefined;
  }
}

function readMounts(pod: JsonObject, container: JsonObject, manifests: readonly Manifest[], problem: Report): Mount[] {
  return objectsIn(container, 'volumeMounts').flatMap((mount): Mount[] => {
    const mountPath = textOf(mount.mountPath);
    const volume = objectsIn(pod, 'volumes').find(({ name }) => name === mount.name);
    if (mount.subPath !== undefined || mount.subPathExpr !== undefined) problem(`a part of a volume at ${mountPath}`);
    if (isObject(volume?.emptyDir)) return [{ mountPath, files: {} }];
    if (isObject(volume?.configMap)) {
      const name = textOf(volume.configMap.name);
      const files = configMapData(manifests, name);
      if (files !== undefined && volume.configMap.items === undefined) return [{ mountPath, files }];
      problem(
        `ConfigMap ${name} at ${mountPath}, ${files === undefined ? 'which the release does not have' : 'of which only some keys are mounted'}`,
      );
      return [];
    }
    problem(`the volume ${textOf(mount.name)} at ${mountPath}: only ConfigMaps and empty folders can be had here`);
    return [];
  });
}

function configMapData(manifests: readonly Manifest[], name: string): Record<string, string> | undefined {
  const found = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  if (found === undefined) return undefined;
  return Object.fromEntries(Object.entries(objectIn(found, 'data')).map(([key, value]) => [key, textOf(value)]));
}

function readProbe(key: string, probe: JsonObject, ports: ProcessPlan['ports'], problem: Report): Probe | undefined {
  const { httpGet } = probe;
  const wanted = isObject(httpGet) ? httpGet.port : undefined;
  const port = typeof wanted === 'number' ? wanted : ports.find(({ name }) => name === wanted)?.port;
  if (!isObject(httpGet) || port === undefined || (httpGet.scheme ?? 'HTTP') !== 'HTTP') {
    problem(`${key}: only httpGet by HTTP on a port of the container can be asked here`);
    return undefined;
  }
  const number = (name: string, otherwise: number): number => Number(probe[name] ?? otherwise);
  return {
    path: textOf(httpGet.path ?? '/'),
    port,
    initialDelaySeconds: number('initialDelaySeconds', 0),
    periodSeconds: number('periodSeconds', 10),
    timeoutSeconds: number('timeoutSeconds', 1),
    successThreshold: number('successThreshold', 1),
    failureThreshold: number('failureThreshold', 3),
  };
}

/** `$(NAME)` becomes the value of a variable defined before; `$$(NAME)` and an unknown name stay as text. */
function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (all, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? all),
  );
}
