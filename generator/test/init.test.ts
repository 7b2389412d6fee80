import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generate } from '../src/commands/generate.js';
import { init } from '../src/commands/init.js';
import { validate } from '../src/commands/validate.js';
import { Failure } from '../src/errors.js';
import { exists } from '../src/files.js';
import { propertiesOf } from '../src/schema.js';
import { findHelm } from '../src/tools.js';
import { temporaryFolder } from './fakes.js';
import { REPOSITORY, collect, generateAt } from './project.js';

const EXAMPLE = join(REPOSITORY, 'examples/guestbook');
const execute = promisify(execFile);
const read = (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** A repository that holds the files given, and was cloned from `origin`. */
async function repository(files: Record<string, string>, origin?: string): Promise<string> {
  const root = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await execute('git', ['init', '--quiet'], { cwd: root });
  if (origin !== undefined) await execute('git', ['remote', 'add', 'origin', origin], { cwd: root });
  return root;
}

const chart = (name: string, more = ''): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

describe('brolly init', () => {
  test('writes what the example is made of', async () => {
    const root = await repository({}, 'https://me:secret@github.com/example/guestbook.git');
    await cp(join(EXAMPLE, 'charts'), join(root, 'charts'), { recursive: true });
    const schemas = ['charts/guestbook/values.schema.json', 'charts/guestbook/charts/store/values.schema.json'];
    for (const schema of schemas) await rm(join(root, schema));

    const { context, out } = collect(root);
    expect(await init(context, { environment: 'staging' })).toBe(0);
    const inputs = ['brolly.yaml', 'environments/environment.schema.json', 'environments/staging/environment.yaml'];
    for (const path of [...inputs, ...schemas]) {
      expect(out()).toContain(`wrote ${path}\n`);
      expect(await read(root, path)).toBe(await read(EXAMPLE, path));
    }
    expect(await read(root, 'environments/staging/values.yaml')).toBe(
      await read(EXAMPLE, 'environments/staging/values.yaml'),
    );
  });

  test('keeps what is there, and says so', async () => {
    const root = await repository({
      'app/Chart.yaml': chart('app'),
      'app/values.yaml': 'port: 80\n',
      '.gitignore': 'tmp/\n',
    });
    await init(collect(root).context, { environment: 'dev' });
    await writeFile(join(root, 'app/values.schema.json'), '{"type":"object"}');
    const { context, out } = collect(root);
    expect(await init(context, { environment: 'dev' })).toBe(0);
    expect(out()).toContain('kept brolly.yaml\n');
    expect(await read(root, 'app/values.schema.json')).toBe('{"type":"object"}');
    expect(await read(root, '.gitignore')).toBe('tmp/\n');
  });

  test('generates no Argo CD applications where no repository could be read', async () => {
    const root = await repository({ 'Chart.yaml': chart('app') }, '/somewhere/app.git');
    const { context, err } = collect(root);
    expect(await init(context, { environment: 'dev' })).toBe(0);
    expect(await read(root, 'brolly.yaml')).toBe('chart: .\ndocs: docs\n');
    expect(await exists(root, 'argocd')).toBe(false);
    expect(err()).toContain('add "argocd" to brolly.yaml');
  });

  test('leaves the files of a subchart that comes from elsewhere alone, and its values open', async () => {
    const dependency =
      'dependencies:\n  - {name: db, version: 1.0.0, repository: "https://charts.example.com", alias: store}\n';
    const files = { 'app/Chart.yaml': chart('app', dependency), 'app/charts/db/Chart.yaml': chart('db') };
    const root = await repository({ ...files, 'app/charts/db/values.yaml': 'size: 1Gi\n' });
    await init(collect(root).context, { environment: 'dev' });
    expect(await exists(root, 'app/charts/db/values.schema.json')).toBe(false);
    const schema = JSON.parse(await read(root, 'app/values.schema.json')) as Parameters<typeof propertiesOf>[0];
    expect(propertiesOf(schema).store).toMatchObject({ type: 'object' });
  });

  test.each([
    ['no chart', {}, {}, /^there is no Helm chart in /],
    ['several charts', { 'a/Chart.yaml': chart('a'), 'b/Chart.yaml': chart('b') }, {}, /^there are several charts$/],
    ['a folder that is none', { 'a/Chart.yaml': chart('a') }, { chart: 'b' }, /^there is no chart in b$/],
    ['a name that is none', { 'a/Chart.yaml': chart('a') }, { environment: 'Dev!' }, /^"Dev!" is no name/],
  ])('refuses %s', async (_, files, options, message) => {
    const root = await repository(files);
    const error: unknown = await init(collect(root).context, { environment: 'dev', ...options }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toMatch(message);
    expect(await exists(root, 'brolly.yaml')).toBe(false);
  });
});

describe('the example of a foreign chart', () => {
  test('is up to date', async () => {
    const { context, out } = collect(EXAMPLE);
    expect(await generate(context, { check: true })).toBe(0);
    expect(out()).toMatch(/generated files up to date\n$/);
  });

  test('gives Helm values that it accepts, in every environment', async () => {
    const { helm } = await findHelm(collect(EXAMPLE).context);
    const environments = await generateAt(EXAMPLE);
    expect(environments.map(({ name }) => name)).toEqual(['production', 'staging']);
    for (const { name } of environments) {
      const values = `environments/${name}/values.yaml`;
      const args = ['lint', 'charts/guestbook', '--strict', '--values', values];
      expect((await execute(helm, args, { cwd: EXAMPLE })).stdout).toContain('0 chart(s) failed');
    }
  });

  test('holds no dead value', async () => {
    const root = await temporaryFolder();
    await cp(EXAMPLE, root, { recursive: true });
    const { context, err } = collect(root);
    expect(await validate(context, { deep: true })).toBe(0);
    expect(err()).toMatch(/charts\/guestbook: \d+ values, 0 findings\n/);
  }, 300_000);
});
