import { describe, expect, test } from 'vitest';
import { at, one, renderWith, type Tree } from './helm.js';

const kinds = (values: Tree): string[] => renderWith('inference', values).map(({ kind }) => kind);

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

describe('ScaledObject', () => {
  const scaled = (queue: Tree = {}): Tree =>
    one(
      renderWith('inference', { autoscaling: { enabled: true, queue: { enabled: true, ...queue } } }),
      'ScaledObject',
    );

  test('takes the place of the autoscaler', () => {
    const on = kinds({ autoscaling: { enabled: true, queue: { enabled: true } } });
    expect(on).toContain('ScaledObject');
    expect(on).not.toContain('HorizontalPodAutoscaler');
    expect(kinds({ autoscaling: { queue: { enabled: true } } })).not.toContain('ScaledObject');
  });

  test('asks the store of the release for the length of the queue of these pods, and watches memory and CPU', () => {
    expect(at(scaled(), 'spec.triggers')).toMatchObject([
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: {
          serverAddress: 'http://trial-victoria-metrics.lab.svc:8428',
          query: 'sum(inference_queue_depth{namespace="lab",app="inference"})',
          threshold: '4',
        },
      },
      { type: 'memory', metricType: 'Utilization', metadata: { value: '80' } },
      { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
    ]);
    expect(at(scaled({ serverAddress: 'http://store:8428' }), 'spec.triggers.0.metadata.serverAddress')).toBe(
      'http://store:8428',
    );
  });

  test('has the bounds and the pace of the autoscaler', () => {
    const autoscaler = one(renderWith('inference', { autoscaling: { enabled: true } }), 'HorizontalPodAutoscaler');
    expect(scaled().spec).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 5 });
    expect(at(scaled(), 'spec.advanced.horizontalPodAutoscalerConfig.behavior')).toEqual(
      at(autoscaler, 'spec.behavior'),
    );
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
