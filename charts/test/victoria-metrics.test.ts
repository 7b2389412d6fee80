import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { at, type Manifest, one, only, renderWith, template, type Tree, UMBRELLA } from './helm.js';
import { list } from './pod-security.js';

const statefulSet = (values: Tree = {}): Tree => one(renderWith('victoria-metrics', values), 'StatefulSet');
const pod = (values: Tree = {}): unknown => at(statefulSet(values), 'spec.template.spec');

describe('StatefulSet', () => {
  test('starts the store with its retention and a scrape configuration that is checked and reloaded', () => {
    expect(at(pod({ retentionPeriod: '4w' }), 'containers.0.args')).toEqual([
      '-httpListenAddr=:8428',
      '-enableTCP6',
      '-storageDataPath=/storage',
      '-retentionPeriod=4w',
      '-memory.allowedBytes=322122547',
      '-storage.maxHourlySeries=200000',
      '-storage.maxDailySeries=500000',
      '-promscrape.config=/etc/victoria-metrics/scrape.yaml',
      '-promscrape.config.strictParse',
      '-promscrape.configCheckInterval=15s',
      '-promscrape.seriesLimitPerTarget=50000',
      '-promscrape.kubernetesSDCheckInterval=5s',
      '-search.latencyOffset=5s',
      '-vmalert.proxyURL=http://trial-victoria-metrics-vmalert:8880',
    ]);
  });

  test.each([
    ['512Mi', 322122547],
    ['1.5Gi', 966367641],
    ['2G', 1200000000],
  ])('fills at most 60 %% of %s with caches', (memory, bytes) => {
    expect(at(pod({ resources: { limits: { memory } } }), 'containers.0.args')).toContain(
      `-memory.allowedBytes=${String(bytes)}`,
    );
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
  const manifests = renderWith('victoria-metrics', { service: { port: 80 } }, { values: only('victoria-metrics') });
  const service = one(manifests, 'Service', 'trial-victoria-metrics');
  expect(at(service, 'spec.ports')).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  const [container] = list(at(one(manifests, 'StatefulSet'), 'spec.template.spec.containers'));
  expect(at(container, 'ports.0.containerPort')).toBe(8428);
});

describe('kubelets', () => {
  test('are read only if that is asked for, by a role for nothing but their metrics', () => {
    const manifests = renderWith('victoria-metrics', { scrape: { kubelet: { enabled: true } } });
    expect(one(manifests, 'ClusterRole').rules).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
    ]);
    expect(at(one(manifests, 'ClusterRoleBinding'), 'subjects')).toEqual([
      { kind: 'ServiceAccount', name: 'trial-victoria-metrics', namespace: 'lab' },
    ]);
  });
});

describe('rules', () => {
  const vmalert = (alerts: Tree = {}): unknown =>
    at(
      one(renderWith('victoria-metrics', { alerts }), 'Deployment', 'trial-victoria-metrics-vmalert'),
      'spec.template.spec',
    );

  test('are evaluated over the store and recorded there; alerts go nowhere else by default', () => {
    const store = 'http://trial-victoria-metrics:8428';
    expect(at(vmalert(), 'containers.0.args')).toEqual([
      '-httpListenAddr=:8880',
      '-enableTCP6',
      `-datasource.url=${store}`,
      `-remoteRead.url=${store}`,
      `-remoteWrite.url=${store}`,
      '-rule=/etc/vmalert/*.yaml',
      '-evaluationInterval=15s',
      '-configCheckInterval=15s',
      '-notifier.blackhole',
    ]);
  });

  test('have one pod, since two would record everything twice, and a Service that the store asks', () => {
    const manifests = renderWith('victoria-metrics');
    const name = 'trial-victoria-metrics-vmalert';
    expect(one(manifests, 'Deployment', name).spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(at(vmalert(), `containers.0.${probe}.httpGet`)).toEqual({ path: '/health', port: 'http' });
    }
    const selector = at(one(manifests, 'Deployment', name), 'spec.selector.matchLabels');
    const ports = [{ name: 'http', port: 8880, targetPort: 'http' }];
    expect(one(manifests, 'Service', name).spec).toEqual({ type: 'ClusterIP', selector, ports });
  });

  test('are sent to the Alertmanagers that are named', () => {
    const args = at(vmalert({ notifiers: ['http://a:9093', 'https://b.example.com'] }), 'containers.0.args');
    expect(args).toEqual(
      expect.arrayContaining(['-notifier.url=http://a:9093', '-notifier.url=https://b.example.com']),
    );
    expect(args).not.toContain('-notifier.blackhole');
  });

  test('are copied as they are, braces and all', () => {
    const { data } = one(renderWith('victoria-metrics'), 'ConfigMap', 'trial-victoria-metrics-vmalert');
    const folder = `${UMBRELLA}/charts/victoria-metrics/rules`;
    const files = readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')] as const);
    expect(data).toEqual(Object.fromEntries(files));
  });

  test('can be left out', () => {
    const manifests = renderWith('victoria-metrics', { alerts: { enabled: false } });
    expect(manifests.filter((m) => m.metadata.name.endsWith('-vmalert'))).toEqual([]);
  });
});

describe('copies', () => {
  const rendered = (backup: Tree): Manifest[] =>
    renderWith('victoria-metrics', { backup: { enabled: true, ...backup } });
  const copier = (backup: Tree = {}): unknown =>
    at(one(rendered(backup), 'CronJob'), 'spec.jobTemplate.spec.template.spec');

  test('are made from a snapshot of the store, onto a volume that outlives the release', () => {
    expect(at(copier(), 'containers.0.args')).toEqual([
      '-enableTCP6',
      '-storageDataPath=/storage',
      '-snapshot.createURL=http://trial-victoria-metrics:8428/snapshot/create',
      '-dst=fs:///backup/latest',
    ]);
    expect(at(copier(), 'containers.0.volumeMounts')).toEqual([
      { name: 'data', mountPath: '/storage', readOnly: true },
      { name: 'backup', mountPath: '/backup', readOnly: false },
    ]);
    const claim = one(rendered({}), 'PersistentVolumeClaim', 'trial-victoria-metrics-backup');
    expect(claim.metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
    });
  });

  test('are made as often as the values say, never two at a time, and only so long', () => {
    const job = one(rendered({ schedule: '@hourly' }), 'CronJob');
    expect(job.spec).toMatchObject({ schedule: '@hourly', suspend: false, concurrencyPolicy: 'Forbid' });
    expect(at(job, 'spec.jobTemplate.spec')).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 14400 });
  });

  test('are made beside the store, whose volume only one node can mount', () => {
    const required = 'affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution';
    expect(at(copier(), required)).toEqual([
      {
        topologyKey: 'kubernetes.io/hostname',
        labelSelector: { matchLabels: at(statefulSet(), 'spec.selector.matchLabels') },
      },
    ]);
  });

  test('go outside when the values say where to, with what the Secret holds', () => {
    const destination = { destination: 's3://backups/ml', s3Endpoint: 'https://minio:9000', existingSecret: 'keys' };
    const args = at(copier(destination), 'containers.0.args');
    expect(args).toEqual(expect.arrayContaining(['-dst=s3://backups/ml', '-customS3Endpoint=https://minio:9000']));
    expect(at(copier(destination), 'containers.0.envFrom')).toEqual([{ secretRef: { name: 'keys' } }]);
    expect(rendered(destination).filter((m) => m.kind === 'PersistentVolumeClaim')).toEqual([]);
  });

  test('are put back by a Job while the store is stopped and no copy is made', () => {
    const restoring = rendered({ restore: true });
    expect(at(one(restoring, 'StatefulSet'), 'spec.replicas')).toBe(0);
    expect(at(one(restoring, 'CronJob'), 'spec.suspend')).toBe(true);
    const job = at(one(restoring, 'Job', 'trial-victoria-metrics-restore'), 'spec.template.spec');
    expect(at(job, 'containers.0.args')).toEqual(['-src=fs:///backup/latest', '-storageDataPath=/storage']);
    expect(at(job, 'volumes.0')).toEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'data-trial-victoria-metrics-0' },
    });
    expect(rendered({}).filter((m) => m.kind === 'Job' && m.metadata.name.endsWith('-restore'))).toEqual([]);
  });

  test.each([
    [{ backup: { enabled: true }, persistence: { enabled: false } }, 'backup.enabled needs persistence.enabled'],
    [{ backup: { restore: true } }, 'backup.restore needs backup.enabled'],
    [{ scrape: { targets: [{ job: 'pods', address: 'a:1' }] } }, 'the job "pods" is there already'],
  ])('%j is refused', (values, message) => {
    expect(template({ values: { 'victoria-metrics': values } }).error).toContain(message);
  });
});
