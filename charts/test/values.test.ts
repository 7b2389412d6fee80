import { describe, expect, test } from 'vitest';
import { at, one, only, renderWith, type Subchart, SUBCHARTS, template, type Tree } from './helm.js';
import { leaves, type Schema, schemaOf, withValue } from './schema.js';

/** Values other than the default, where the schema suggests none. */
const ALTERNATIVES: Tree = {
  nameOverride: 'other',
  fullnameOverride: 'other',
  registry: 'registry.example.com',
  repository: 'other/image',
  tag: 'v9',
  digest: `sha256:${'b'.repeat(64)}`,
  priorityClassName: 'high',
  claimName: 'other',
  'admin.existingSecret': 'other',
  'admin.userKey': 'name',
  'admin.passwordKey': 'word',
  'datasource.url': 'http://other:8428',
};

/** Values under which those take effect that the shipped ones leave without. */
const OUTSIDE: Tree = {
  service: { type: 'NodePort' },
  ingress: { enabled: true, hosts: ['a.example.com'], tlsSecretName: 'tls' },
  httpRoute: { enabled: true, parentRefs: [{ name: 'gateway' }] },
  metrics: { serviceMonitor: true },
  networkPolicy: { clients: { namespaces: ['kube-system'] } },
};
const SWITCHED_ON: Record<Subchart, Tree[]> = {
  inference: [
    { ...OUTSIDE, grpcRoute: OUTSIDE.httpRoute, autoscaling: { enabled: true } },
    {
      autoscaling: { enabled: true, queue: { enabled: true, serverAddress: 'http://store:8428' } },
      modelVolume: { type: 'image' },
    },
    { modelVolume: { type: 'persistentVolumeClaim', claimName: 'models' } },
    { modelVolume: { type: 'initContainer', command: ['fetch'] } },
  ],
  'victoria-metrics': [
    OUTSIDE,
    { backup: { enabled: true, restore: true } },
    { backup: { enabled: true, destination: 's3://backups/ml-platform' } },
    { scrape: { kubelet: { enabled: true } } },
  ],
  grafana: [{ ...OUTSIDE, admin: { existingSecret: 'login' } }],
};

/** What a chart renders to alone; undefined when the values are refused. */
function renderOnly(name: Subchart, { global, ...values }: Tree): string | undefined {
  const { text, error } = template({ values: { ...only(name), [name]: { ...values, enabled: true }, global } });
  return error ? undefined : text;
}

/** Values of a leaf that differ from its default. */
function others(path: string, { type, default: standard, enum: choices = [], examples = [] }: Schema): unknown[] {
  const known = Object.keys(ALTERNATIVES).find((key) => path === key || path.endsWith(`.${key}`));
  if (known) return [ALTERNATIVES[known]];
  if (type === 'boolean') return [standard !== true, standard];
  if (type === 'integer' && standard !== undefined) return [Number(standard) + 1];
  const found = [...choices, ...examples].filter((each) => JSON.stringify(each) !== JSON.stringify(standard));
  if (found.length === 0) throw new Error(`${path}: give the schema an example, or this test an alternative`);
  return found;
}

describe.each(SUBCHARTS)('values of %s', (name) => {
  const bases = [{}, ...SWITCHED_ON[name]].map((values) => ({ values, text: renderOnly(name, values) }));
  // The umbrella reads it, not the chart: see the test of the components.
  const all = leaves(schemaOf(name)).filter(([path]) => path !== 'enabled');
  // The configuration of the service is written down as a whole: see below.
  const read = all.filter(([path]) => !path.startsWith('config.'));

  test.each(read)('%s changes what is rendered', (path, leaf) => {
    const values = others(path, leaf);
    const changed = bases.some((base) =>
      values.some((value) => ![base.text, undefined].includes(renderOnly(name, withValue(base.values, path, value)))),
    );
    expect(changed, JSON.stringify(values)).toBe(true);
  });

  test('the examples are accepted, the first of every key at once, then the second', () => {
    for (const index of [0, 1]) {
      const values = all.reduce<Tree>((tree, [path, { examples = [] }]) => {
        return examples[index] === undefined ? tree : withValue(tree, path, examples[index]);
      }, {});
      expect(renderOnly(name, values)).toContain('kind: Service');
    }
  });
});

test('every key of the configuration stands in the file that the service reads, with what the values say', () => {
  const values = leaves(schemaOf('inference'))
    .filter(([path]) => path.startsWith('config.'))
    .map(([path, leaf]) => [path, others(path, leaf)[0]] as const);
  expect(values.length).toBeGreaterThan(20);
  const manifests = renderWith(
    'inference',
    values.reduce<Tree>((tree, [path, value]) => withValue(tree, path, value), { terminationGracePeriodSeconds: 3600 }),
  );
  const data = one(manifests, 'ConfigMap', 'trial-inference').data as Record<string, string>;
  const config: unknown = JSON.parse(data['config.json'] ?? '');
  for (const [path, value] of values) expect(at({ config }, path), path).toEqual(value);
});
