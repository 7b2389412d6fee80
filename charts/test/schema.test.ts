import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, type Subchart, SUBCHARTS, type Tree, UMBRELLA } from './helm.js';
import { defaults, leaves, properties, schemaOf } from './schema.js';

/** What every chart has, in the same form. */
const SHARED = [
  'global',
  'nameOverride',
  'fullnameOverride',
  'extraLabels',
  'podLabels',
  'serviceAccount',
  'ingress',
  'httpRoute',
  'metrics',
  'nodeSelector',
  'tolerations',
  'affinity',
  'topologySpreadConstraints',
  'priorityClassName',
  'extraEnvFrom',
  'extraVolumes',
  'extraVolumeMounts',
  'extraObjects',
];

/** What Kubernetes defines, and so is open here: the API server judges it. */
const OPEN = ['affinity', 'extraEnv.[].valueFrom'];

describe.each(SUBCHARTS)('schema of %s', (chart) => {
  const schema = schemaOf(chart);
  const all = properties(schema);
  const paths = (found: [string, unknown][]): string[] => found.map(([path]) => path);

  test('describes every property', () => {
    expect(paths(all.filter(([, { description }]) => !description))).toEqual([]);
  });

  test('says of every object which keys it may have; only what Kubernetes defines is open', () => {
    const objects = [['', schema] as [string, typeof schema], ...all].filter(([, { type }]) => type === 'object');
    const open = objects.filter(([, { additionalProperties }]) => additionalProperties === undefined);
    expect(paths(open).sort()).toEqual(OPEN);
    for (const [path, { properties: own, additionalProperties }] of objects) {
      if (own) expect(additionalProperties, path).toBe(false);
    }
  });

  test('has a default for every value but those that may be absent', () => {
    const absent = paths(leaves(schema).filter(([, leaf]) => leaf.default === undefined));
    expect(absent).toEqual(
      chart === 'victoria-metrics' ? ['persistence.storageClassName', 'backup.persistence.storageClassName'] : [],
    );
  });

  test('is what values.yaml says', () => {
    expect(parse(readFileSync(`${UMBRELLA}/charts/${chart}/values.yaml`, 'utf8'))).toEqual(defaults(schema));
  });

  test.each(SHARED)('shares `%s` with the other charts', (key) => {
    expect(schema.properties?.[key]).toEqual(schemaOf('inference').properties?.[key]);
  });

  test('shares `networkPolicy`; but the store has no clients by default, and none that collects its metrics', () => {
    const policy = (name: Subchart): Tree => structuredClone(schemaOf(name).properties?.networkPolicy ?? {});
    const own = policy(chart);
    const common = policy('inference');
    if (chart === 'victoria-metrics') {
      (at(common, 'properties.clients.properties.sameNamespace') as Tree).default = false;
      delete (common.properties as Tree).metricsNamespaces;
    }
    expect(own).toEqual(common);
  });
});
