import { describe, expect, test } from 'vitest';
import { at, one, renderWith, type Tree } from './helm.js';

const deployment = (values: Tree = {}): Tree => one(renderWith('inference', values), 'Deployment', 'trial-inference');
const pod = (values: Tree = {}): unknown => at(deployment(values), 'spec.template.spec');
const container = (values: Tree = {}): unknown => at(pod(values), 'containers.0');
const kinds = (values: Tree): string[] =>
  renderWith('inference', values, {
    values: { grafana: { enabled: false }, 'victoria-metrics': { enabled: false } },
  }).map((m) => m.kind);

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
      ports: [{ name: 'http', containerPort: 8000, protocol: 'TCP' }],
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

  test('prefers one pod per node and runs as user 1000', () => {
    expect(pod()).toMatchObject({
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
      terminationGracePeriodSeconds: 40,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                topologyKey: 'kubernetes.io/hostname',
                labelSelector: {
                  matchLabels: { 'app.kubernetes.io/name': 'inference', 'app.kubernetes.io/instance': 'trial' },
                },
              },
            },
          ],
        },
      },
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

test('ConfigMap holds the configuration as JSON', () => {
  const data = at(one(renderWith('inference', { config: { workers: 2 } }), 'ConfigMap', 'trial-inference'), 'data');
  expect(JSON.parse((data as Record<string, string>)['config.json'] ?? '')).toEqual({
    logLevel: 'info',
    port: 8000,
    limits: { bodyBytes: 65536, textLength: 500, batchItems: 20 },
    workers: 2,
    shutdown: { delaySeconds: 5, timeoutSeconds: 20 },
  });
});

describe('Service', () => {
  const spec = (service: Tree): unknown => one(renderWith('inference', { service }), 'Service', 'trial-inference').spec;

  test('is reached inside the cluster, with no node port', () => {
    expect(spec({})).toMatchObject({ type: 'ClusterIP', ports: [{ name: 'http', port: 8000, targetPort: 'http' }] });
    expect(at(spec({ type: 'NodePort' }), 'ports.0')).not.toHaveProperty('nodePort');
  });

  test('opens the node port it is given', () => {
    expect(spec({ type: 'NodePort', nodePort: 32199, port: 80 })).toMatchObject({
      type: 'NodePort',
      ports: [{ port: 80, nodePort: 32199 }],
    });
  });
});

describe('HorizontalPodAutoscaler', () => {
  test('is there only when enabled', () => {
    expect(kinds({})).not.toContain('HorizontalPodAutoscaler');
    expect(kinds({ autoscaling: { enabled: true } })).toContain('HorizontalPodAutoscaler');
  });

  test('scales between two and five on memory and CPU and waits before it removes pods', () => {
    const utilization = (name: string, averageUtilization: number): Tree => ({
      type: 'Resource',
      resource: { name, target: { type: 'Utilization', averageUtilization } },
    });
    const autoscaler = one(renderWith('inference', { autoscaling: { enabled: true } }), 'HorizontalPodAutoscaler');
    expect(autoscaler.apiVersion).toBe('autoscaling/v2');
    expect(autoscaler.spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trial-inference' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [utilization('memory', 80), utilization('cpu', 70)],
      behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 120 } },
    });
  });
});

describe('PodDisruptionBudget', () => {
  test.each([
    [{ replicaCount: 2 }, true],
    [{ replicaCount: 1 }, false],
    [{ replicaCount: 0 }, false],
    [{ replicaCount: 1, autoscaling: { enabled: true } }, true],
    [{ replicaCount: 3, autoscaling: { enabled: true, minReplicas: 1 } }, false],
  ])('with %j: %j', (values, expected) => {
    expect(kinds(values).includes('PodDisruptionBudget')).toBe(expected);
  });

  test('lets one pod go at a time, and any that is not ready', () => {
    expect(one(renderWith('inference'), 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { 'app.kubernetes.io/name': 'inference', 'app.kubernetes.io/instance': 'trial' } },
    });
  });
});
