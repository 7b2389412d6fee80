import { describe, expect, test } from 'vitest';
import { at, one, renderWith, type Tree } from './helm.js';
import { list } from './pod-security.js';

const statefulSet = (values: Tree = {}): Tree => one(renderWith('victoria-metrics', values), 'StatefulSet');
const pod = (values: Tree = {}): unknown => at(statefulSet(values), 'spec.template.spec');

describe('StatefulSet', () => {
  test('starts the store with its retention and a scrape configuration that is checked and reloaded', () => {
    expect(at(pod({ retentionPeriod: '4w' }), 'containers.0.args')).toEqual([
      '-httpListenAddr=:8428',
      '-storageDataPath=/storage',
      '-retentionPeriod=4w',
      '-promscrape.config=/etc/victoria-metrics/scrape.yaml',
      '-promscrape.config.strictParse',
      '-promscrape.configCheckInterval=15s',
      '-promscrape.kubernetesSDCheckInterval=5s',
      '-search.latencyOffset=5s',
    ]);
  });

  test('is one pod, run as nobody, probed on /health', () => {
    expect(statefulSet().spec).toMatchObject({ replicas: 1, serviceName: 'trial-victoria-metrics' });
    expect(pod()).toMatchObject({ securityContext: { runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 } });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(at(pod(), `containers.0.${probe}.httpGet`)).toEqual({ path: '/health', port: 'http' });
    }
  });

  test('has a token that expires', () => {
    const token = list(at(pod(), 'volumes')).find((volume) => volume.name === 'token');
    expect(at(token, 'projected.sources.0.serviceAccountToken')).toEqual({ path: 'token', expirationSeconds: 3600 });
    expect(at(pod(), 'containers.0.volumeMounts')).toContainEqual({
      name: 'token',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    });
  });

  test('keeps its samples on a claim', () => {
    const persistence = { size: '20Gi', storageClassName: 'local-path' };
    expect(at(statefulSet({ persistence }), 'spec.volumeClaimTemplates')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'local-path',
          resources: { requests: { storage: '20Gi' } },
        },
      },
    ]);
    expect(at(statefulSet(), 'spec.volumeClaimTemplates.0.spec')).not.toHaveProperty('storageClassName');
  });

  test('or in the pod, when nothing is to be kept', () => {
    const ephemeral = { persistence: { enabled: false, size: '1Gi' } };
    expect(statefulSet(ephemeral).spec).not.toHaveProperty('volumeClaimTemplates');
    expect(at(pod(ephemeral), 'volumes')).toContainEqual({ name: 'data', emptyDir: { sizeLimit: '1Gi' } });
  });
});

test('Role and RoleBinding: pods may be read in each scraped namespace, and nothing else anywhere', () => {
  const manifests = renderWith('victoria-metrics', { scrape: { namespaces: ['ml-inference'] } });
  const roles = manifests.filter((m) => m.kind === 'Role');
  const bindings = manifests.filter((m) => m.kind === 'RoleBinding');
  expect(manifests.filter((m) => m.kind.startsWith('Cluster'))).toEqual([]);
  expect(roles.map((role) => role.metadata.namespace)).toEqual(['lab', 'ml-inference']);
  expect(bindings.map((binding) => binding.metadata.namespace)).toEqual(['lab', 'ml-inference']);
  for (const role of roles) {
    expect(role.rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }]);
  }
  for (const binding of bindings) {
    expect(at(binding, 'roleRef.name')).toBe('trial-victoria-metrics-lab');
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'trial-victoria-metrics', namespace: 'lab' }]);
  }
});

test('Service: the store answers on 8428, whatever the port of the Service', () => {
  const service = one(renderWith('victoria-metrics', { service: { port: 80 } }), 'Service', 'trial-victoria-metrics');
  expect(at(service, 'spec.ports')).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  expect(at(pod({ service: { port: 80 } }), 'containers.0.ports.0.containerPort')).toBe(8428);
});
