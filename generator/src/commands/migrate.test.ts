import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collect, copyProject } from '../../test/project.js';
import { FindingsError } from '../errors.js';
import { objectOf, type Json, type JsonObject } from '../model.js';
import { migrate } from './migrate.js';
import { validate } from './validate.js';

const ENVIRONMENT = 'environments/minikube-ci/environment.yaml';
const read = (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** Adds a deprecated key to the schema at `path`, beside what is in the object at `keys`. */
async function deprecate(root: string, path: string, keys: string[], name: string, schema: JsonObject): Promise<void> {
  const whole = JSON.parse(await read(root, path)) as Json;
  const parent = keys.reduce((node, key) => objectOf(objectOf(node.properties)[key]), objectOf(whole));
  parent.properties = { ...objectOf(parent.properties), [name]: { deprecated: true, ...schema } };
  await writeFile(join(root, path), JSON.stringify(whole));
}

/** A repository in which the environment once had `monitoring.keep`, and the metrics store `keepFor`. */
async function project(tail: string): Promise<string> {
  const root = await copyProject();
  const keep = { type: 'string', 'x-replaced-by': 'monitoring.retention', description: 'How long.' };
  await deprecate(root, 'environments/environment.schema.json', ['monitoring'], 'keep', keep);
  const chart = 'charts/ml-platform/charts/victoria-metrics/values.schema.json';
  await deprecate(root, chart, [], 'keepFor', { type: 'string', 'x-replaced-by': 'retentionPeriod' });
  const before = await read(root, ENVIRONMENT);
  await writeFile(join(root, ENVIRONMENT), before.replace(/^monitoring:[^]*$/m, tail));
  return root;
}

const OLD = `monitoring:
  # long enough to compare two weeks
  keep: 15d # days
  scrapeInterval: 15s
values:
  victoria-metrics:
    keepFor: 16d
`;

describe('deprecated keys', () => {
  test('are told where they are written, with what replaces them', async () => {
    const root = await project(OLD);
    const { context, out } = collect(root);
    expect(await validate(context, { environments: ['minikube-ci'], format: 'json' })).toBe(0);
    expect(JSON.parse(out())).toMatchObject({
      findings: [
        {
          severity: 'warning',
          code: 'deprecated-key',
          message: '"monitoring.keep" will go away: "monitoring.retention" replaces it',
          hint: '`brolly migrate` moves its value to "monitoring.retention". How long.',
          path: 'monitoring.keep',
        },
        {
          path: 'values.victoria-metrics.keepFor',
          hint: expect.stringContaining('"values.victoria-metrics.retentionPeriod"') as string,
        },
      ],
    });
    expect(await validate(collect(root).context, { environments: ['minikube-ci'], strict: true })).toBe(1);
  });

  test('are replaced, comments kept, and everything is generated', async () => {
    const root = await project(OLD);
    const { context, err } = collect(root);
    expect(await migrate(context, { environments: ['minikube-ci'] })).toBe(0);
    expect(await read(root, ENVIRONMENT)).toContain(
      OLD.replace('keep:', 'retention:').replace('keepFor:', 'retentionPeriod:'),
    );
    expect(err()).toContain(`${ENVIRONMENT}: monitoring.keep → monitoring.retention\n`);
    expect(await read(root, 'environments/minikube-ci/values.yaml')).toContain('retentionPeriod: 16d');
    const again = collect(root);
    expect(await migrate(again.context, {})).toBe(0);
    expect(again.err()).toBe('no key is deprecated\n');
  });

  test('stay when what comes out is not valid', async () => {
    const root = await project(OLD.replace('15d', 'for ever'));
    const before = await read(root, ENVIRONMENT);
    const error: unknown = await migrate(collect(root).context, {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FindingsError);
    expect((error as FindingsError).findings).toMatchObject([
      { path: 'monitoring.retention', text: '  retention: for ever # days' },
    ]);
    expect(await read(root, ENVIRONMENT)).toBe(before);
  });

  test('stay in all files when one has both keys', async () => {
    const root = await project(OLD.replace('scrapeInterval: 15s', 'retention: 7d'));
    await mkdir(join(root, 'environments/base'));
    const base = 'abstract: true\nmonitoring:\n  keep: 7d\n';
    await writeFile(join(root, 'environments/base/environment.yaml'), base);
    await expect(migrate(collect(root).context, {})).rejects.toMatchObject({
      findings: [
        { message: '"monitoring.retention" replaces "monitoring.keep", and the file has both', file: ENVIRONMENT },
      ],
    });
    expect(await read(root, 'environments/base/environment.yaml')).toBe(base);
  });
});
