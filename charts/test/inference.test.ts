import { describe, expect, test } from 'vitest';
import { at, one, renderWith, type Tree } from './helm.js';
import { defaults, schemaOf } from './schema.js';

const deployment = (values: Tree = {}): Tree => one(renderWith('inference', values), 'Deployment', 'trial-inference');
const pod = (values: Tree = {}): unknown => at(deployment(values), 'spec.template.spec');
const container = (values: Tree = {}): unknown => at(pod(values), 'containers.0');
describe('Deployment', () => {
  test('runs two pods and never fewer during an update', () => {
    expect(deployment().spec).toMatchObject({
      replicas: 2,
      revisionHistoryLimit: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
  });

  test('leaves the number of pods to the autoscaler', () => {
    expect(deployment({ autoscaling: { enabled: true }, replicaCount: 4 }).spec).not.toHaveProperty('replicas');
  });

  test('announces its metrics', () => {
    expect(at(deployment({ config: { port: 9000 } }), 'spec.template.metadata.annotations')).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9000',
      'prometheus.io/path': '/metrics',
    });
  });

  test('restarts its pods when the configuration changes, and only then', () => {
    const annotations = (values: Tree): unknown => at(deployment(values), 'spec.template.metadata.annotations');
    expect(annotations({ config: { logLevel: 'debug' } })).not.toEqual(annotations({}));
    expect(annotations({ replicaCount: 3 })).toEqual(annotations({}));
  });

  test('tells the service where its configuration is and how much CPU it has', () => {
    expect(container({ extraEnv: [{ name: 'A', value: 'on' }] })).toMatchObject({
      env: [
        { name: 'INFERENCE_CONFIG', value: '/etc/inference/config.json' },
        {
          name: 'CPU_LIMIT',
          valueFrom: { resourceFieldRef: { containerName: 'inference', resource: 'limits.cpu', divisor: '1m' } },
        },
        { name: 'A', value: 'on' },
      ],
      ports: [
        { name: 'http', containerPort: 8000, protocol: 'TCP' },
        { name: 'grpc', containerPort: 8001, protocol: 'TCP' },
      ],
      volumeMounts: [
        { name: 'config', mountPath: '/etc/inference', readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
  });

  test('is probed on /ready and, for life, on /health', () => {
    expect(container({ probes: { startup: { failureThreshold: 90 } } })).toMatchObject({
      startupProbe: {
        httpGet: { path: '/ready', port: 'http' },
        periodSeconds: 2,
        timeoutSeconds: 2,
        failureThreshold: 90,
      },
      readinessProbe: {
        httpGet: { path: '/ready', port: 'http' },
        periodSeconds: 5,
        timeoutSeconds: 2,
        failureThreshold: 2,
      },
      livenessProbe: {
        httpGet: { path: '/health', port: 'http' },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 6,
      },
    });
  });

  test('stops when the Service has let go of it, with time for what it has begun', () => {
    const seconds = (values: Tree): unknown => at(container(values), 'lifecycle.preStop.sleep.seconds');
    expect(seconds({})).toBe(3);
    expect(container({ preStopSleepSeconds: 0 })).not.toHaveProperty('lifecycle');
    const { shutdown } = (defaults(schemaOf('inference')) as { config: { shutdown: Record<string, number> } }).config;
    const drained = 3 + (shutdown.delaySeconds ?? 0) + (shutdown.timeoutSeconds ?? 0);
    expect(at(pod(), 'terminationGracePeriodSeconds')).toBeGreaterThan(drained);
  });

  test('prefers one pod per node, spreads over zones, and runs as user 1000', () => {
    const labelSelector = {
      matchLabels: { 'app.kubernetes.io/name': 'inference', 'app.kubernetes.io/instance': 'trial' },
    };
    expect(pod()).toMatchObject({
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
      terminationGracePeriodSeconds: 40,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector },
            },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector,
        },
      ],
    });
  });

  test('goes where the values send it', () => {
    const values = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      priorityClassName: 'high',
    };
    expect(pod(values)).toMatchObject(values);
    for (const key of [...Object.keys(values), 'imagePullSecrets']) expect(pod()).not.toHaveProperty(key);
  });

  const digest = `sha256:${'0'.repeat(64)}`;
  test.each([
    [{}, 'ghcr.io/brolly/inference:1.0.0'],
    [{ tag: '1234567' }, 'ghcr.io/brolly/inference:1234567'],
    [{ digest }, `ghcr.io/brolly/inference@${digest}`],
    [{ tag: 'v2', digest }, `ghcr.io/brolly/inference:v2@${digest}`],
  ])('image %j is %s', (image, expected) => {
    expect(at(container({ image }), 'image')).toBe(expected);
  });
});

test('ConfigMap holds the configuration as JSON, as the schema and the values say', () => {
  const { data } = one(renderWith('inference', { config: { workers: 2 } }), 'ConfigMap', 'trial-inference');
  expect(JSON.parse((data as Record<string, string>)['config.json'] ?? '')).toEqual({
    ...(defaults(schemaOf('inference')) as { config: Tree }).config,
    workers: 2,
  });
});

describe('Service', () => {
  const spec = (service: Tree): unknown => one(renderWith('inference', { service }), 'Service', 'trial-inference').spec;

  test('is reached inside the cluster, with no node port', () => {
    expect(at(spec({}), 'type')).toBe('ClusterIP');
    expect(at(spec({}), 'ports.0')).toEqual({ name: 'http', port: 8000, targetPort: 'http' });
    expect(at(spec({}), 'ports.1')).not.toHaveProperty('nodePort');
  });

  test('opens the node port it is given', () => {
    expect(spec({ type: 'NodePort', nodePort: 32100, port: 80 })).toMatchObject({
      type: 'NodePort',
      ports: [
        { port: 80, nodePort: 32100 },
        { port: 8001, nodePort: 32198 },
      ],
    });
  });

  test('has gRPC beside HTTP, unless the service does not speak it', () => {
    const grpc = { name: 'grpc', port: 9001, targetPort: 'grpc', appProtocol: 'kubernetes.io/h2c' };
    expect(at(spec({ grpcPort: 9001 }), 'ports.1')).toEqual(grpc);
    const without = renderWith('inference', { config: { grpc: { port: 0 } } });
    expect(at(one(without, 'Service', 'trial-inference'), 'spec.ports')).toHaveLength(1);
    expect(at(one(without, 'Deployment', 'trial-inference'), 'spec.template.spec.containers.0.ports')).toHaveLength(1);
  });

  test('has no address of a cluster with two IP families but those it is given', () => {
    const dual = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] };
    expect(spec(dual)).toMatchObject(dual);
    for (const key of Object.keys(dual)) expect(spec({})).not.toHaveProperty(key);
  });
});
