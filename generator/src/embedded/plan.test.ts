import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject, type Manifest } from '../model.js';
import type { ServiceWorkload } from '../services.js';
import { relocate } from './mounts.js';
import { planProcess, type ProcessPlan } from './plan.js';
import { divideQuantity, parseQuantity } from './quantity.js';

function workload(container: JsonObject, pod: JsonObject = {}): ServiceWorkload {
  const full = { name: 'main', image: 'x/inference:1', ports: [{ name: 'http', containerPort: 8000 }], ...container };
  const template = {
    metadata: { labels: { app: 'a' }, annotations: { note: 'n' } },
    spec: { serviceAccountName: 'robot', containers: [full], ...pod },
  };
  const metadata = { name: 'trial', namespace: 'ml' };
  const deployment: Manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 3, template } };
  return { service: 'inference', repository: 'x/inference', deployment, template, container: full };
}
const configMap: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { 'config.json': '{}', level: 'debug' },
};

function plan(container: JsonObject, pod: JsonObject = {}): { plan: ProcessPlan; problems: string[] } {
  const problems: string[] = [];
  return { plan: planProcess(workload(container, pod), [configMap], problems), problems };
}

describe('the environment of a process', () => {
  const env = (value: JsonObject, container: JsonObject = {}): string | undefined => {
    const result = plan({ ...container, env: [{ name: 'X', ...value }] });
    expect(result.problems).toEqual([]);
    return result.plan.env.X;
  };
  const resources = { limits: { cpu: '1500m', memory: '384Mi' }, requests: { cpu: '250m' } };

  it.each<[JsonObject, string]>([
    [{ value: 'text' }, 'text'],
    [{}, ''],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } }, '1500'],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } }, '2'],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }, '2'],
    [{ valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } }, '250'],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } }, '384'],
    [{ valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, 'trial-0'],
    [{ valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }, 'ml'],
    [{ valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }, 'a'],
    [{ valueFrom: { fieldRef: { fieldPath: "metadata.annotations['note']" } } }, 'n'],
    [{ valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, '127.0.0.1'],
    [{ valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } }, 'robot'],
    [{ valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }, 'debug'],
  ])('%j gives %s', (value, expected) => {
    expect(env(value, { resources })).toBe(expected);
  });

  it('takes the machine for a limit that is not set', () => {
    const valueFrom = { resourceFieldRef: { resource: 'limits.cpu', divisor: '1' } };
    expect(env({ valueFrom })).toBe(String(availableParallelism()));
  });

  it('fills in variables that were defined before, as Kubernetes does', () => {
    const { plan: planned } = plan({
      env: [
        { name: 'A', value: 'a' },
        { name: 'B', value: '$(A)/$(LATER)/$$(A)' },
      ],
      args: ['--a=$(A)', '$HOME'],
    });
    expect(planned.env.B).toBe('a/$(LATER)/$(A)');
    expect(planned.args).toEqual(['--a=a', '$HOME']);
  });

  it('leaves out what is optional and not there', () => {
    const valueFrom = { secretKeyRef: { name: 's', key: 'k', optional: true } };
    expect(plan({ env: [{ name: 'X', valueFrom }] })).toMatchObject({ problems: [], plan: { env: {} } });
  });
});

describe('probes', () => {
  it('get the defaults of Kubernetes and the number of a named port', () => {
    const readinessProbe = { httpGet: { path: '/ready', port: 'http' } };
    expect(plan({ readinessProbe }).plan.readiness).toEqual({
      path: '/ready',
      port: 8000,
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('keep what the manifest says', () => {
    const livenessProbe = { httpGet: { port: 9000 }, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4 };
    expect(plan({ livenessProbe }).plan.liveness).toMatchObject({
      path: '/',
      port: 9000,
      periodSeconds: 2,
      timeoutSeconds: 3,
      failureThreshold: 4,
    });
  });
});

it('tells every part that only a cluster has', () => {
  const { problems } = plan(
    {
      command: ['sh'],
      envFrom: [],
      env: [
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
        { name: 'UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
        { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'none', key: 'level' } } },
      ],
      livenessProbe: { exec: { command: ['true'] } },
      volumeMounts: [
        { name: 'data', mountPath: '/data' },
        { name: 'other', mountPath: '/other' },
      ],
    },
    {
      initContainers: [],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'other', configMap: { name: 'none' } },
      ],
    },
  );
  expect(problems).toEqual([
    'trial: a command of its own, and only the program of the image runs here',
    'trial: envFrom',
    'trial: more than one container',
    'trial: PASSWORD comes from key password of Secret login, and there are no Secrets here',
    'trial: UID comes from {"fieldRef":{"fieldPath":"metadata.uid"}}, which has no meaning here',
    'trial: LEVEL comes from key level of ConfigMap none, which the release does not have',
    'trial: the volume data at /data: only ConfigMaps and empty folders can be had here',
    'trial: ConfigMap none at /other, which the release does not have',
    'trial: livenessProbe: only httpGet by HTTP on a port of the container can be asked here',
  ]);
});

it('reads mounts, replicas and the time to drain', () => {
  const { plan: planned } = plan(
    {
      volumeMounts: [
        { name: 'config', mountPath: '/etc/x' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    {
      terminationGracePeriodSeconds: 7,
      volumes: [
        { name: 'config', configMap: { name: 'settings' } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  );
  expect(planned).toMatchObject({ replicas: 3, graceSeconds: 7 });
  expect(planned.mounts).toEqual([
    { mountPath: '/etc/x', files: { 'config.json': '{}', level: 'debug' } },
    { mountPath: '/tmp', files: {} },
  ]);
  expect(isObject(planned.env)).toBe(true);
});

describe('relocate', () => {
  const place = relocate(
    [
      { mountPath: '/tmp', files: {} },
      { mountPath: '/etc/x', files: {} },
    ],
    '/tmp/run',
  );
  it.each([
    ['/etc/x/config.json', '/tmp/run/etc/x/config.json'],
    ['--config=/etc/x', '--config=/tmp/run/etc/x'],
    ['/tmp:/etc/x', '/tmp/run/tmp:/tmp/run/etc/x'],
    ['file:///tmp/a', 'file:///tmp/run/tmp/a'],
    ['/etc/xyz', '/etc/xyz'],
    ['/var/tmp', '/var/tmp'],
    ['/tmpfile', '/tmpfile'],
    ['http://host/tmp', 'http://host/tmp'],
    ['nothing', 'nothing'],
  ])('%s → %s', (text, expected) => {
    expect(place(text)).toBe(expected);
  });
});

describe('quantities', () => {
  it.each([
    ['1', 1],
    ['250m', 0.25],
    ['1.5', 1.5],
    ['384Mi', 402653184],
    ['1Gi', 1073741824],
    ['1e3', 1000],
    ['2E', 2e18],
    ['5k', 5000],
    ['', undefined],
    ['five', undefined],
    ['1Kii', undefined],
    ['1mi', undefined],
  ])('%s is %s', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it('are divided upwards, without the noise of binary fractions', () => {
    expect(divideQuantity(0.3, 0.1)).toBe(3);
    expect(divideQuantity(1.2, 0.001)).toBe(1200);
    expect(divideQuantity(1.001, 1)).toBe(2);
  });
});
