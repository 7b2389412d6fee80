import { describe, expect, test } from 'vitest';
import { at, type Manifest, one, only, renderWith, type Subchart, SUBCHARTS, type Tree } from './helm.js';

const PORTS: Record<Subchart, number> = { inference: 8000, 'victoria-metrics': 8428, grafana: 3000 };
/** A proxy in front needs a way through the policies. */
const proxied = (values: Tree): Tree => ({ ...values, networkPolicy: { clients: { namespaces: ['kube-system'] } } });

describe.each(SUBCHARTS)('what %s shares with the others', (chart) => {
  const name = `trial-${chart}`;
  const alone = (values: Tree): Manifest[] => renderWith(chart, values, { values: only(chart) });
  const rendered = (values: Tree, kind: string): Tree => one(alone(values), kind, name);
  const kinds = (values: Tree): string[] =>
    alone(values)
      .filter(({ metadata }) => metadata.name === name)
      .map(({ kind }) => kind);
  const selector = { 'app.kubernetes.io/name': chart, 'app.kubernetes.io/instance': 'trial' };

  test('nothing of it is there unless it is asked for', () => {
    for (const kind of ['Ingress', 'HTTPRoute', 'ServiceMonitor', 'PodMonitor', 'VMServiceScrape']) {
      expect(kinds({})).not.toContain(kind);
    }
  });

  test('Ingress leads every host to the Service', () => {
    const hosts = ['a.example.com', 'b.example.com'];
    const ingress = { enabled: true, className: 'traefik', hosts, path: '/ml', tlsSecretName: 'tls' };
    const backend = { service: { name, port: { name: 'http' } } };
    expect(rendered(proxied({ ingress }), 'Ingress').spec).toEqual({
      ingressClassName: 'traefik',
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/ml', pathType: 'Prefix', backend }] } })),
      tls: [{ secretName: 'tls', hosts }],
    });
    const plain = rendered(proxied({ ingress: { enabled: true, hosts } }), 'Ingress');
    for (const key of ['ingressClassName', 'tls']) expect(plain.spec).not.toHaveProperty(key);
  });

  test('HTTPRoute leads from the Gateway to the Service', () => {
    const parentRefs = [{ name: 'public', namespace: 'gateways', sectionName: 'https' }];
    const httpRoute = { enabled: true, parentRefs, hostnames: ['a.example.com'] };
    expect(rendered(proxied({ httpRoute, service: { port: 80 } }), 'HTTPRoute').spec).toEqual({
      parentRefs,
      hostnames: ['a.example.com'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name, port: 80 }] }],
    });
  });

  test.each([
    ['ServiceMonitor', 'serviceMonitor', 'endpoints'],
    ['PodMonitor', 'podMonitor', 'podMetricsEndpoints'],
    ['VMServiceScrape', 'vmServiceScrape', 'endpoints'],
  ])('%s asks for the metrics of these pods', (kind, key, endpoints) => {
    const monitor = rendered({ metrics: { [key]: true, interval: '30s', labels: { release: 'p' } } }, kind);
    expect(at(monitor, 'metadata.labels')).toMatchObject({ ...selector, release: 'p' });
    expect(monitor.spec).toEqual({
      selector: { matchLabels: selector },
      [endpoints]: [{ port: 'http', path: '/metrics', interval: '30s' }],
    });
  });

  test('Service has the annotations and IP families it is given, and its port is named', () => {
    const service = { annotations: { a: 'b' }, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] };
    const { metadata, spec } = rendered({ service }, 'Service');
    expect(at(metadata, 'annotations')).toEqual({ a: 'b' });
    expect(spec).toMatchObject({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'], selector });
    expect(at(spec, 'ports.0')).toMatchObject({ name: 'http', port: PORTS[chart], targetPort: 'http' });
  });

  test('extraLabels reach every object and its pods, but no selector', () => {
    const extraLabels = { 'cost-center': 'ml' };
    for (const manifest of alone({ extraLabels }).filter((m) => m.metadata.name.startsWith(name))) {
      expect(manifest.metadata.labels).toMatchObject(extraLabels);
      const template = at(manifest, 'spec.template.metadata.labels');
      if (template) expect(template).toMatchObject(extraLabels);
      expect(at(manifest, 'spec.selector.matchLabels') ?? {}).not.toHaveProperty('cost-center');
    }
  });

  test('extraObjects stand as they are, braces and all', () => {
    const data = { legend: '{{ instance }}' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'notes' }, data };
    expect(one(alone({ extraObjects: [object] }), 'ConfigMap', 'notes')).toEqual(object);
  });

  test('ServiceAccount has no token and the annotations it is given', () => {
    const account = rendered({ serviceAccount: { annotations: { a: 'b' } } }, 'ServiceAccount');
    expect(account).toMatchObject({ automountServiceAccountToken: false, metadata: { annotations: { a: 'b' } } });
  });
});
