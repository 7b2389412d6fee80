import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../src/commands/render.js';
import { findLargeIntegers } from '../src/large-integers.js';
import type { JsonObject, Path, Schema } from '../src/model.js';
import { propertiesOf, resolveRef } from '../src/schema.js';
import { REPOSITORY, collect, copyProject } from './project.js';

const CHART = join(REPOSITORY, 'charts/ml-platform');
const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;

/** Every integer of the charts that may be a million or more, with such a value. */
function largeValues(root: Schema, node: Schema = root, path: Path = []): { path: Path; value: number }[] {
  return Object.entries(propertiesOf(node)).flatMap(([key, property]) => {
    const child = resolveRef(root, property);
    const at = [...path, key];
    const types = Array.isArray(child.type) ? child.type : [child.type];
    const most = typeof child.maximum === 'number' ? child.maximum : Infinity;
    const numeric = types.includes('integer') || types.includes('number');
    return numeric && most >= 1e6 ? [{ path: at, value: Math.min(most, 1_234_567) }] : largeValues(root, child, at);
  });
}

function nest([key, ...rest]: Path, value: number): JsonObject {
  return { [String(key)]: rest.length === 0 ? value : nest(rest, value) };
}

describe('integers of a million and more', () => {
  test('are told by brolly render where they were written', async () => {
    const root = await copyProject();
    const template = join(root, 'charts/ml-platform/charts/inference/templates/large.yaml');
    const annotation = '{{ .Values.config.limits.bodyBytes }}';
    await writeFile(
      template,
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n  bytes: ${annotation}\n`,
    );
    const file = 'environments/minikube-ci/environment.yaml';
    await appendFile(
      join(root, file),
      'values:\n  inference:\n    config:\n      limits:\n        bodyBytes: 2000000\n',
    );
    const { context, err } = collect(root);
    expect(await render(context, { environment: 'minikube-ci', component: 'inference' })).toBe(0);
    expect(err()).toMatch(
      /^environments\/minikube-ci\/environment\.yaml:\d+:20: warning: a template prints "inference\.config\.limits\.bodyBytes" as 2e\+06/,
    );
  });

  const large = largeValues(schema);

  test('are found where a template prints them in scientific notation, and only there', () => {
    const values = { a: 1_000_000, b: [{ c: 12_345_678 }], d: 999_999, e: 1e21, f: 'text', g: -2e6, h: 5_000_000 };
    const manifests = 'a: 1e+06\nb: 1.2345678e+07\nd: 999999\ne: 1e+21\ng: -2e+06\nh: 5000000\n';
    expect(findLargeIntegers(values, manifests)).toEqual([
      { at: ['a'], printed: '1e+06' },
      { at: ['b', 0, 'c'], printed: '1.2345678e+07' },
      { at: ['e'], printed: '1e+21' },
      { at: ['g'], printed: '-2e+06' },
    ]);
  });

  test('are allowed somewhere in our charts, or the next test would prove nothing', () => {
    expect(large.map(({ path }) => path.join('.'))).toContain('inference.config.limits.bodyBytes');
  });

  test.each(large)('our templates print $path in full', ({ path, value }) => {
    const values = nest(path, value);
    const { status, stdout, stderr } = spawnSync(
      process.env.HELM ?? 'helm',
      ['template', 'x', CHART, '--values', '-'],
      {
        input: JSON.stringify(values),
        encoding: 'utf8',
      },
    );
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toContain(String(value));
    expect(findLargeIntegers(values, stdout)).toEqual([]);
  });
});
