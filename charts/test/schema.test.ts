import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SUBCHARTS, UMBRELLA } from './helm.js';
import { defaults, leaves, properties, schemaOf } from './schema.js';

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
    expect(paths(open)).toEqual(chart === 'inference' ? ['extraEnv.[].valueFrom'] : []);
    for (const [path, { properties: own, additionalProperties }] of objects) {
      if (own) expect(additionalProperties, path).toBe(false);
    }
  });

  test('has a default for every value but those that may be absent', () => {
    const absent = paths(leaves(schema).filter(([, leaf]) => leaf.default === undefined));
    expect(absent).toEqual(
      chart === 'victoria-metrics' ? ['persistence.storageClassName', 'service.nodePort'] : ['service.nodePort'],
    );
  });

  test('is what values.yaml says', () => {
    expect(parse(readFileSync(`${UMBRELLA}/charts/${chart}/values.yaml`, 'utf8'))).toEqual(defaults(schema));
  });

  test('shares `global` with the other charts', () => {
    expect(schema.properties?.global).toEqual(schemaOf('inference').properties?.global);
  });
});
