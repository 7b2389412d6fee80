import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, one, renderWith, type Tree } from './helm.js';
import { list } from './pod-security.js';

const deployment = (values: Tree = {}): Tree => one(renderWith('grafana', values), 'Deployment', 'trial-grafana');
const pod = (values: Tree = {}): unknown => at(deployment(values), 'spec.template.spec');
const env = (values: Tree = {}): Tree => {
  const entries = list(at(pod(values), 'containers.0.env'));
  return Object.fromEntries(entries.map((entry) => [String(entry.name), entry.value ?? entry.valueFrom]));
};
const provisioning = (file: string, values: Tree = {}): unknown => {
  const data = at(one(renderWith('grafana', values), 'ConfigMap', 'trial-grafana-provisioning'), 'data');
  return parse((data as Record<string, string>)[file] ?? '');
};

describe('who may do what', () => {
  test('without a Secret there is no account: everybody views, nobody logs in', () => {
    expect(env()).toMatchObject({
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_AUTH_BASIC_ENABLED: 'false',
    });
    expect(env()).not.toHaveProperty('GF_SECURITY_ADMIN_PASSWORD');
  });

  test('with a Secret its administrator logs in, and nobody views without', () => {
    const withSecret = env({ admin: { existingSecret: 'login', userKey: 'name', passwordKey: 'word' } });
    expect(withSecret).toMatchObject({
      GF_SECURITY_ADMIN_USER: { secretKeyRef: { name: 'login', key: 'name' } },
      GF_SECURITY_ADMIN_PASSWORD: { secretKeyRef: { name: 'login', key: 'word' } },
    });
    expect(Object.keys(withSecret).filter((name) => name.startsWith('GF_AUTH'))).toEqual([]);
  });
});

describe('Deployment', () => {
  test('never replaces a plugin of the image and calls nobody outside', () => {
    expect(env()).toMatchObject({
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
      GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
    });
  });

  test('runs as the user of the image, with room to write, probed on /api/health', () => {
    expect(pod()).toMatchObject({ securityContext: { runAsUser: 472, runAsGroup: 472, fsGroup: 472 } });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(at(pod(), `containers.0.${probe}.httpGet`)).toEqual({ path: '/api/health', port: 'http' });
    }
    const volumes = list(at(pod(), 'volumes'))
      .filter((volume) => 'emptyDir' in volume)
      .map((volume) => volume.name);
    const writable = list(at(pod(), 'containers.0.volumeMounts')).filter((mount) => volumes.includes(mount.name));
    expect(writable.map((mount) => mount.mountPath)).toEqual(['/var/lib/grafana', '/tmp', '/var/log/grafana']);
  });

  test('restarts its pod when its data source changes, and only then', () => {
    const annotations = (values: Tree): unknown => at(deployment(values), 'spec.template.metadata.annotations');
    expect(annotations({ datasource: { url: 'http://store:8428' } })).not.toEqual(annotations({}));
    expect(annotations({ service: { port: 80 } })).toEqual(annotations({}));
  });

  test('mounts every dashboard and the files that load them', () => {
    const manifests = renderWith('grafana');
    const dashboards = manifests.filter((m) => m.metadata.name.startsWith('trial-grafana-dashboard-'));
    const volume = list(at(pod(), 'volumes')).find((each) => each.name === 'dashboards');
    expect(dashboards.length).toBeGreaterThan(0);
    expect(at(volume, 'projected.sources')).toEqual(dashboards.map((m) => ({ configMap: { name: m.metadata.name } })));
    const mounts = list(at(pod(), 'containers.0.volumeMounts')).map((mount) => mount.mountPath);
    expect(mounts).toContain('/etc/grafana/provisioning/datasources/datasources.yaml');
    expect(mounts).toContain('/etc/grafana/provisioning/dashboards/dashboards.yaml');
    expect(mounts).toContain(at(provisioning('dashboards.yaml'), 'providers.0.options.path'));
    expect(env().GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe('/etc/grafana/dashboards/inference.json');
  });
});

describe('data source', () => {
  test('is the metrics store of the release, under a fixed uid, and cannot be edited', () => {
    expect(at(provisioning('datasources.yaml'), 'datasources')).toMatchObject([
      {
        uid: 'victoriametrics',
        type: 'prometheus',
        access: 'proxy',
        url: 'http://trial-victoria-metrics:8428',
        isDefault: true,
        editable: false,
      },
    ]);
  });

  test('is the one that is named, if one is', () => {
    const values = { datasource: { url: 'https://metrics.example.com/select' } };
    expect(at(provisioning('datasources.yaml', values), 'datasources.0.url')).toBe(values.datasource.url);
  });
});

test('Service leads to port 3000 of the pod', () => {
  const service = one(renderWith('grafana', { service: { port: 80 } }), 'Service', 'trial-grafana');
  expect(at(service, 'spec.ports')).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  expect(at(pod(), 'containers.0.ports')).toEqual([{ name: 'http', containerPort: 3000, protocol: 'TCP' }]);
});
