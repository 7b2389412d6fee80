import { describe, expect, test } from 'vitest';
import { at, one, renderWith, template, type Tree } from './helm.js';
import { list } from './pod-security.js';

const deployment = (values: Tree = {}): Tree => one(renderWith('inference', values), 'Deployment', 'trial-inference');
const pod = (values: Tree = {}): unknown => at(deployment(values), 'spec.template.spec');
const container = (values: Tree = {}): unknown => at(pod(values), 'containers.0');

describe('metrics on a port of their own', () => {
  const manifests = renderWith('inference', { config: { metrics: { port: 9100 } }, metrics: { serviceMonitor: true } });
  const pods = one(manifests, 'Deployment', 'trial-inference');

  test('are announced there', () => {
    expect(at(pods, 'spec.template.metadata.annotations')).toMatchObject({ 'prometheus.io/port': '9100' });
    expect(at(pods, 'spec.template.spec.containers.0.ports.2')).toEqual({
      name: 'metrics',
      containerPort: 9100,
      protocol: 'TCP',
    });
    expect(at(one(manifests, 'ServiceMonitor'), 'spec.endpoints.0.port')).toBe('metrics');
  });

  test('have a Service of their own, which is never opened outside', () => {
    expect(one(manifests, 'Service', 'trial-inference-metrics').spec).toMatchObject({
      clusterIP: 'None',
      ports: [{ name: 'metrics', port: 9100, targetPort: 'metrics' }],
    });
    expect(at(one(manifests, 'Service', 'trial-inference'), 'spec.ports')).toHaveLength(2);
  });

  test('are open to the store alone', () => {
    const ingress = list(at(one(manifests, 'NetworkPolicy', 'trial-inference'), 'spec.ingress'));
    const open = ingress.filter((rule) => list(rule.ports).some(({ port }) => port === 'metrics'));
    expect(open).toHaveLength(1);
    expect(at(open[0], 'from.0.podSelector.matchLabels')).toMatchObject({
      'app.kubernetes.io/component': 'metrics-store',
    });
  });
});

describe('GRPCRoute', () => {
  const grpcRoute = { enabled: true, parentRefs: [{ name: 'public' }], hostnames: ['grpc.example.com'] };
  const networkPolicy = { clients: { namespaces: ['gateways'] } };

  test('leads from the Gateway to the gRPC port of the Service', () => {
    const manifests = renderWith('inference', { grpcRoute, networkPolicy, service: { grpcPort: 9001 } });
    expect(one(manifests, 'GRPCRoute', 'trial-inference').spec).toEqual({
      parentRefs: grpcRoute.parentRefs,
      hostnames: grpcRoute.hostnames,
      rules: [{ backendRefs: [{ name: 'trial-inference', port: 9001 }] }],
    });
  });

  test('is refused where the service speaks no gRPC', () => {
    const values = { inference: { grpcRoute, networkPolicy, config: { grpc: { port: 0 } } } };
    expect(template({ values }).error).toContain('grpcRoute needs config.grpc.port');
  });
});

describe('models of your own', () => {
  const folders = (values: Tree): unknown => {
    const config = one(renderWith('inference', values), 'ConfigMap', 'trial-inference').data as Record<string, string>;
    return at(JSON.parse(config['config.json'] ?? ''), 'models.folders');
  };
  const image = { registry: 'ghcr.io', repository: 'brolly/models', tag: 'v1' };

  test.each<[Tree, Tree]>([
    [
      { type: 'persistentVolumeClaim', claimName: 'models' },
      { persistentVolumeClaim: { claimName: 'models', readOnly: true } },
    ],
    [{ type: 'image', image }, { image: { reference: 'ghcr.io/brolly/models:v1', pullPolicy: 'IfNotPresent' } }],
    [{ type: 'initContainer', image, command: ['fetch'], sizeLimit: '2Gi' }, { emptyDir: { sizeLimit: '2Gi' } }],
  ])('come from %j', (modelVolume, source) => {
    expect(list(at(pod({ modelVolume }), 'volumes'))).toContainEqual({ name: 'models', ...source });
    expect(at(container({ modelVolume }), 'volumeMounts')).toContainEqual({
      name: 'models',
      mountPath: '/models/extra',
      readOnly: true,
    });
    expect(folders({ modelVolume, config: { models: { folders: ['/a'] } } })).toEqual(['/a', '/models/extra']);
  });

  test('are written by the init container that is named', () => {
    const modelVolume = { type: 'initContainer', image, command: ['cp', '-r', '/models/.', '/models/extra'] };
    expect(list(at(pod({ modelVolume }), 'initContainers'))).toMatchObject([
      {
        image: 'ghcr.io/brolly/models:v1',
        command: modelVolume.command,
        volumeMounts: [{ name: 'models', mountPath: '/models/extra' }],
      },
    ]);
  });

  test('are none by default', () => {
    expect(folders({})).toEqual([]);
    expect(pod()).not.toHaveProperty('initContainers');
  });
});

test('API keys come from a Secret that is there', () => {
  const auth = { existingSecret: 'keys' };
  expect(list(at(pod({ auth }), 'volumes'))).toContainEqual({ name: 'keys', secret: { secretName: 'keys' } });
  const data = one(renderWith('inference', { auth }), 'ConfigMap', 'trial-inference').data as Record<string, string>;
  expect(at(JSON.parse(data['config.json'] ?? ''), 'auth.keysFile')).toBe('/etc/inference-keys/keys.json');
});

describe('the check', () => {
  const check = (values: Tree = {}): Tree => one(renderWith('inference', values), 'Pod', 'trial-inference-check');
  const env = (values: Tree): unknown =>
    Object.fromEntries(
      list(at(check(values), 'spec.containers.0.env')).map(({ name, value }) => [String(name), value]),
    );

  test('is one pod for `helm test` and for Argo CD', () => {
    expect(at(check(), 'metadata.annotations')).toEqual({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation',
      'argocd.argoproj.io/hook': 'PostSync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
    expect(check().spec).toMatchObject({ restartPolicy: 'Never', activeDeadlineSeconds: 300 });
  });

  test('runs the image of the service and asks where it answers', () => {
    expect(at(check(), 'spec.containers.0.image')).toBe('ghcr.io/brolly/inference:1.0.0');
    const standard = { TARGET: 'trial-inference.lab.svc', HTTP_PORT: '8000', GRPC_PORT: '8001' };
    expect(env({})).toEqual({ ...standard, METRICS: 'true', KEYS: 'false' });
    const config = { grpc: { port: 0 }, metrics: { port: 9100 } };
    expect(env({ config, service: { port: 80 }, auth: { existingSecret: 'keys' } })).toEqual({
      ...standard,
      HTTP_PORT: '80',
      GRPC_PORT: '0',
      METRICS: 'false',
      KEYS: 'true',
    });
  });

  test('can be left out, and its policy with it', () => {
    const names = renderWith('inference', { check: { enabled: false } }).map(({ metadata }) => metadata.name);
    expect(names).not.toContain('trial-inference-check');
  });
});
