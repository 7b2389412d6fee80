import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, type Manifest, one, render, renderWith, type Subchart, type Tree, UMBRELLA } from './helm.js';
import { list, podSpecs } from './pod-security.js';

interface Traffic {
  components: Record<string, { chart: Subchart; part?: string; when?: string }>;
  connections: { from: string; to: string; ports?: (string | number)[] }[];
}

const traffic = parse(readFileSync(`${UMBRELLA}/traffic.yaml`, 'utf8')) as Traffic;
const components = Object.keys(traffic.components);
const everything: Tree = {
  'victoria-metrics': { scrape: { namespaces: ['ml-inference'] }, backup: { enabled: true } },
};
const manifests = render({ values: everything });

const policy = (component: string, from: Manifest[] = manifests): Manifest => {
  const found = from.filter(
    (m) => m.kind === 'NetworkPolicy' && m.metadata.labels['app.kubernetes.io/component'] === component,
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${String(found.length)} policies of ${component}`);
  return found[0];
};
const rules = (component: string, direction: 'ingress' | 'egress', from?: Manifest[]): Tree[] =>
  list(at(policy(component, from), `spec.${direction}`));
/** The ports on which a component's policy lets pods of another in, or lets its own out to them, in the same namespace. */
function ports(component: string, direction: 'ingress' | 'egress', other: string): unknown[] {
  return rules(component, direction)
    .filter((rule) =>
      list(rule[direction === 'ingress' ? 'from' : 'to']).some(
        (peer) =>
          peer.namespaceSelector === undefined &&
          at(peer, 'podSelector.matchLabels') !== undefined &&
          (at(peer, 'podSelector.matchLabels') as Tree)['app.kubernetes.io/component'] === other,
      ),
    )
    .flatMap((rule) => list(rule.ports).map(({ port }) => port));
}

describe('each policy', () => {
  test.each(components)('of %s selects its pods, in both directions', (component) => {
    const { spec } = policy(component);
    expect(at(spec, 'policyTypes')).toEqual(['Ingress', 'Egress']);
    const selector = at(spec, 'podSelector.matchLabels') as Tree;
    const pods = manifests.filter((m) => podSpecs([m]).length > 0);
    const selected = pods.filter((m) => {
      const labels = (
        m.kind === 'Pod'
          ? m.metadata.labels
          : (at(m, 'spec.template.metadata.labels') ?? at(m, 'spec.jobTemplate.spec.template.metadata.labels'))
      ) as Tree;
      return Object.entries(selector).every(([key, value]) => labels[key] === value);
    });
    expect(selected).toHaveLength(1);
  });

  test('leaves no pod without one', () => {
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies).toHaveLength(podSpecs(manifests).length);
  });
});

describe('the table', () => {
  const between = traffic.connections.filter(({ from, to }) => components.includes(from) && components.includes(to));
  const pairs = components.flatMap((from) => components.filter((to) => to !== from).map((to) => ({ from, to })));

  test.each(pairs)('$from to $to: both policies say what it says', ({ from, to }) => {
    const wanted = between.find((each) => each.from === from && each.to === to)?.ports ?? [];
    // No part serves its metrics on a port of their own by default, and the store may leave for any pod that it scrapes.
    expect(ports(to, 'ingress', from)).toEqual(wanted.map((port) => (port === 'metrics' ? 'http' : port)));
    expect(ports(from, 'egress', to)).toEqual(wanted.filter((port) => port !== 'metrics'));
  });

  test('every component may ask the DNS of the cluster, over UDP and TCP', () => {
    for (const component of components) {
      const dns = rules(component, 'egress').filter((rule) => list(rule.ports).some(({ port }) => port === 53));
      expect(dns).toHaveLength(1);
      expect(list(dns[0]?.ports)).toEqual([
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ]);
    }
  });

  test('no rule lets everybody in or out, but to ask the API server', () => {
    for (const component of components) {
      for (const rule of rules(component, 'ingress')) expect(list(rule.from).length).toBeGreaterThan(0);
      const anywhere = rules(component, 'egress').filter((rule) => rule.to === undefined);
      expect(anywhere.map((rule) => list(rule.ports).map(({ port }) => port))).toEqual(
        component === 'metrics-store' ? [[443, 6443, 8443]] : [],
      );
    }
  });

  test('the store may leave for the pods of the namespaces that it scrapes', () => {
    const [scraped] = rules('metrics-store', 'egress').filter((rule) => rule.ports === undefined);
    expect(scraped?.to).toEqual([
      { podSelector: {} },
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['ml-inference'] }],
        },
      },
    ]);
  });
});

describe('clients', () => {
  const clients = (values: Tree, chart: Subchart = 'inference', component = 'model-server'): unknown[] =>
    rules(component, 'ingress', renderWith(chart, values))
      .filter((rule) => !list(rule.from).some((peer) => at(peer, 'podSelector.matchLabels')))
      .map(({ from }) => from);

  test('are the pods of the namespace, but not of the store', () => {
    expect(clients({})).toEqual([[{ podSelector: {} }]]);
    expect(clients({}, 'grafana', 'dashboards')).toEqual([[{ podSelector: {} }]]);
    expect(clients({}, 'victoria-metrics', 'metrics-store')).toEqual([]);
  });

  test('are everybody when the Service is opened outside, unless the values say who', () => {
    const service = { type: 'NodePort' };
    const everybody = [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }];
    expect(clients({ service })).toEqual([[{ podSelector: {} }, ...everybody]]);
    const networkPolicy = { clients: { sameNamespace: false, cidrs: ['10.0.0.0/8'] } };
    expect(clients({ service, networkPolicy })).toEqual([[{ ipBlock: { cidr: '10.0.0.0/8' } }]]);
  });

  test('are whom the values name', () => {
    const networkPolicy = { clients: { sameNamespace: false, namespaces: ['web'] } };
    const namespaceSelector = {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['web'] }],
    };
    expect(clients({ networkPolicy })).toEqual([[{ namespaceSelector }]]);
    expect(clients({ networkPolicy: { clients: { sameNamespace: false } } })).toEqual([]);
  });
});

describe('what lies outside', () => {
  const outside: Record<string, { from: string; values: Tree; ports: number[] }> = {
    'scrape-targets': {
      from: 'metrics-store',
      values: { scrape: { targets: [{ job: 'a', address: 'a.web.svc:9100' }] } },
      ports: [9100],
    },
    kubelets: { from: 'metrics-store', values: { scrape: { kubelet: { enabled: true } } }, ports: [10250] },
    alertmanagers: {
      from: 'alerts',
      values: { alerts: { notifiers: ['http://a:9093', 'https://b.example.com/alerts', 'http://c:9093'] } },
      ports: [9093, 443],
    },
    'object-storage': {
      from: 'backup',
      values: { backup: { enabled: true, destination: 's3://backups/ml', s3Endpoint: 'http://minio:9000' } },
      ports: [9000],
    },
  };
  /** Ports on which a component may leave for any address; those of the API server, which are always there, left out. */
  const anywhere = (component: string, values: Tree): unknown[] =>
    rules(component, 'egress', renderWith('victoria-metrics', values))
      .filter((rule) => rule.to === undefined)
      .map((rule) => list(rule.ports).map(({ port }) => port))
      .filter((ports) => ports.join() !== '443,6443,8443')
      .flat();

  test('is all that the table names but components', () => {
    const names = traffic.connections.flatMap(({ from, to }) => [from, to]);
    const known = [...components, 'clients', 'scraped-pods', 'kubernetes-api', 'dns', ...Object.keys(outside)];
    expect([...new Set(names)].sort()).toEqual(known.sort());
  });

  test.each(Object.entries(outside))(
    '%s is reached on the ports that the values name, and on none before',
    (to, each) => {
      expect(traffic.connections.filter((connection) => connection.to === to)).toEqual([{ from: each.from, to }]);
      expect(anywhere(each.from, { backup: { enabled: true } })).toEqual([]);
      expect(anywhere(each.from, each.values)).toEqual(each.ports);
    },
  );

  test('is AWS where the copies go to a bucket and nothing says where that is', () => {
    expect(anywhere('backup', { backup: { enabled: true, destination: 's3://backups/ml' } })).toEqual([443]);
  });
});

test('a store of another namespace may read the metrics, and only its pods', () => {
  const values = { networkPolicy: { metricsNamespaces: ['monitoring'] } };
  const [rule] = rules('model-server', 'ingress', renderWith('inference', values)).filter((each) =>
    list(each.from).some((peer) => peer.namespaceSelector),
  );
  const store = { 'app.kubernetes.io/part-of': 'ml-platform', 'app.kubernetes.io/component': 'metrics-store' };
  expect(list(rule?.from)[1]).toMatchObject({
    namespaceSelector: { matchExpressions: [{ values: ['monitoring'] }] },
    podSelector: { matchLabels: store },
  });
});

test('further rules stand as they are, at the end', () => {
  const extra = { extraIngress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }], extraEgress: [{}] };
  const rendered = renderWith('inference', { networkPolicy: extra });
  expect(rules('model-server', 'ingress', rendered).at(-1)).toEqual(extra.extraIngress[0]);
  expect(rules('model-server', 'egress', rendered).at(-1)).toEqual({});
});

test('can be switched off for a chart', () => {
  const rendered = renderWith('inference', { networkPolicy: { enabled: false } });
  expect(() => policy('model-server', rendered)).toThrow('0 policies');
  expect(one(rendered, 'NetworkPolicy', 'trial-grafana')).toBeDefined();
});
