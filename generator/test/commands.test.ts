import { cp, mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { explain } from '../src/commands/explain.js';
import { generate } from '../src/commands/generate.js';
import { newEnvironment } from '../src/commands/new.js';
import { set } from '../src/commands/set.js';
import { findUpToDate } from '../src/cache.js';
import { Failure, FindingsError } from '../src/errors.js';
import type { Explanation } from '../src/explain.js';
import { loadProject } from '../src/project.js';
import { createPlanner } from '../src/plan.js';
import { REPOSITORY, collect, copyProject } from './project.js';

const INPUT = 'environments/minikube-ci/environment.yaml';
const VALUES = 'environments/minikube-ci/values.yaml';
const read = (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');
async function replace(root: string, path: string, from: string, to: string): Promise<void> {
  const text = await read(root, path);
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  await writeFile(join(root, path), text.replace(from, to));
}

describe('brolly generate', () => {
  test('plans only for what changed since the last run', async () => {
    const root = await copyProject();
    (await createPlanner(root)([])).apply();
    await replace(root, INPUT, 'retention: 7d', 'retention: 8d');
    const done: number[] = [];
    const plan = await createPlanner(root)([], (count, of) => done.push(count, of));
    expect(done).toEqual([1, 1]);
    expect(plan.drifts.map(({ path }) => path)).toEqual([VALUES]);
    expect(plan.environments).toEqual(['k3s-hetzner', 'minikube-ci']);
  });

  test('plans for everything when what all environments share changed, or the memory is broken', async () => {
    const root = await copyProject();
    for (const path of ['environments/values.yaml.hbs', '.brolly/generated.json']) {
      (await createPlanner(root)([])).apply();
      await writeFile(join(root, path), `${await read(root, path)}\n# changed`);
      const done: number[] = [];
      await createPlanner(root)([], (count) => done.push(count));
      expect(done).toEqual([1, 2]);
    }
  });

  test('plans for everything when a template that comes with Brolly was edited', async () => {
    const root = await copyProject();
    (await createPlanner(root)([])).apply();
    const shipped = fileURLToPath(new URL('../templates/root.yaml.hbs', import.meta.url));
    const { atime, mtime } = await stat(shipped);
    await utimes(shipped, atime, mtime); // changes when the inode was changed, and no more
    const done: number[] = [];
    await createPlanner(root)([], (count) => done.push(count));
    expect(done).toEqual([1, 2]);
  });

  test('remembers the folders that it made itself', async () => {
    const root = await copyProject();
    (await createPlanner(root)([])).apply();
    await rm(join(root, 'argocd'), { recursive: true });
    (await createPlanner(root)([])).apply();
    expect(findUpToDate(root, [])).toMatchObject({ environments: ['k3s-hetzner', 'minikube-ci'] });
  });

  test('removes what was generated for an environment that is gone or is abstract now, and nothing of a person', async () => {
    const root = await copyProject();
    await cp(join(root, 'environments/minikube-ci'), join(root, 'environments/other'), { recursive: true });
    await generate(collect(root).context, {});
    await rm(join(root, 'environments/other'), { recursive: true });
    await replace(root, INPUT, 'cluster:', 'abstract: true\ncluster:');
    await writeFile(join(root, 'environments/minikube-ci/notes.md'), 'mine\n');
    await mkdir(join(root, 'argocd/mine'));
    await writeFile(join(root, 'argocd/mine/root.yaml'), 'kind: Application\n');
    const { context, out } = collect(root);
    expect(await generate(context, { check: true })).toBe(1);
    await generate(context, {});
    expect(out()).toContain('removed argocd/other/applications/inference.yaml\n');
    expect((await readdir(join(root, 'argocd'))).sort()).toEqual(['install', 'k3s-hetzner', 'mine']);
    expect((await readdir(join(root, 'environments/minikube-ci'))).sort()).toEqual([
      'environment.yaml',
      'image.yaml',
      'notes.md',
    ]);
    expect(await generate(collect(root).context, { check: true })).toBe(0);
  });

  test('sees a generated file that was edited or removed, whatever the last run remembers', async () => {
    const root = await copyProject();
    await generate(collect(root).context, {});
    await writeFile(join(root, VALUES), 'edited: by hand\n');
    const { context, out } = collect(root);
    expect(await generate(context, { format: 'json' })).toBe(0);
    expect(JSON.parse(out())).toMatchObject({
      environments: 2,
      changed: [{ path: VALUES, kind: 'changed' }],
      warnings: [],
    });
  });

  test('--watch generates when an input changes, tells what is wrong, and goes on', async () => {
    const root = await copyProject();
    const abort = new AbortController();
    const { context, out, err } = collect(root);
    const watching = generate({ ...context, signal: abort.signal }, { watch: true });
    const until = (text: string, where: () => string): Promise<void> =>
      vi.waitFor(() => {
        expect(where()).toContain(text);
      }, 60_000);
    await until('watching', err);
    await replace(root, INPUT, 'retention: 7d', 'retention: seven');
    await until('"monitoring.retention"', err);
    await replace(root, INPUT, 'retention: seven', 'retention: 9d');
    await until(`wrote ${VALUES}`, out);
    abort.abort();
    expect(await watching).toBe(0);
    expect(await read(root, VALUES)).toContain('retentionPeriod: 9d');
  }, 120_000);
});

describe('brolly explain', () => {
  const ask = async (root: string, path: string): Promise<Explanation> => {
    const { context, out } = collect(root);
    await explain(context, { environment: 'minikube-ci', path, format: 'json' });
    return JSON.parse(out()) as Explanation;
  };

  test('tells value, layers, schema and the fields that a value reaches', async () => {
    const root = await copyProject();
    await mkdir(join(root, 'environments/base'));
    await writeFile(join(root, 'environments/base/environment.yaml'), 'abstract: true\ninference:\n  replicas: 7\n');
    await replace(root, INPUT, 'cluster:', 'extends: base\ncluster:');
    const explanation = await ask(root, 'inference.replicaCount');
    expect(explanation.value).toBe(2);
    expect(explanation.schema).toMatchObject({ type: 'integer', minimum: 0 });
    expect(
      explanation.origins.map(({ stage, places }) => [stage, ...places.map(({ file, path }) => `${file} ${path}`)]),
    ).toEqual([
      ['template', `${INPUT} inference.replicas`, 'environments/base/environment.yaml inference.replicas'],
      ['default'],
    ]);
    expect(explanation.reaches).toEqual([
      { kind: 'Deployment', namespace: 'ml-inference', name: 'inference', fields: ['spec.replicas'] },
    ]);
  });

  test('tells of a value of the environment which values of the chart follow from it, also where nobody says it', async () => {
    const root = await copyProject();
    const retention = await ask(root, 'monitoring.retention');
    expect(retention).toMatchObject({
      value: '7d',
      origins: [{ stage: 'environment', places: [{ file: INPUT, path: 'monitoring.retention' }] }],
      sets: ['victoria-metrics.retentionPeriod'],
    });
    expect(retention.reaches.map(({ kind }) => kind)).toContain('StatefulSet');
    const port = await ask(root, 'inference.nodePort');
    expect(port.value).toBeUndefined();
    expect(port.sets).toEqual(['inference.service.type', 'inference.service.nodePort']);
    expect(port.reaches.find(({ kind }) => kind === 'Service')?.fields).toContain('spec.type');
    const revision = await ask(root, 'gitops.revision');
    expect(revision.reaches.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Application inference',
      'Application monitoring',
      'Application root',
    ]);
    expect((await ask(root, 'cluster.server')).origins).toMatchObject([{ stage: 'schema', places: [] }]);
  });

  test('takes a path as it stands in environment.yaml, to an item of a list too', async () => {
    const root = await copyProject();
    await replace(
      root,
      INPUT,
      'monitoring:\n  scrape',
      'values: {inference: {tolerations: [{key: a}, {key: b}]}}\nmonitoring:\n  scrape',
    );
    const explanation = await ask(root, 'values.inference.tolerations[1].key');
    expect(explanation).toMatchObject({ path: 'inference.tolerations[1].key', value: 'b' });
    const fields = explanation.reaches.flatMap((object) => object.fields);
    expect(fields).toContain('spec.template.spec.tolerations[b].key');
    expect(fields.join()).not.toContain('[a]');
  });

  test('tells all but the manifests of a value that Helm can render no other for', async () => {
    const explanation = await ask(await copyProject(), 'inference.extraObjects');
    expect(explanation).toMatchObject({ schema: { type: 'array' }, reaches: [] });
    expect(explanation.problem).toBe('an object in the release inference has no kind or no metadata.name');
  });

  test('refuses a path that nothing has, and suggests the one that was meant', async () => {
    const wrong = ask(await copyProject(), 'inference.replicaCont');
    await expect(wrong).rejects.toMatchObject({ hint: 'did you mean "inference.replicaCount"?' });
  });

  test.each(['', 'a..b', 'a["b', 'a[b]', '.a'])('refuses %j as a path', async (path) => {
    await expect(ask(REPOSITORY, path)).rejects.toThrow(`"${path}" is no path`);
  });
});

describe('brolly set', () => {
  const assign = (root: string, ...assignments: string[]): Promise<number> =>
    set(collect(root).context, { environment: 'minikube-ci', assignments });

  test('sets values of the environment and of the chart, removes others, and keeps the comments', async () => {
    const root = await copyProject();
    const before = await read(root, INPUT);
    const comment = before.split('\n').find((line, index) => index > 0 && line.startsWith('#')) ?? '';
    await assign(root, 'inference.replicas=3', 'inference.podAnnotations.team=123', 'monitoring.retention-');
    const after = await read(root, INPUT);
    expect(after).toContain('replicas: 3\n');
    expect(after).toContain('team: "123"');
    expect(after).not.toContain('retention:');
    expect(comment).not.toBe('');
    expect(after).toContain(comment);
    expect(await read(root, VALUES)).toContain('replicaCount: 3\n');
  });

  test('leaves every file as it was when the value is wrong, and shows the line that was not written', async () => {
    const root = await copyProject();
    const before = await read(root, INPUT);
    const error: unknown = await assign(root, 'inference.replicas=many').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FindingsError);
    expect((error as FindingsError).findings[0]).toMatchObject({ code: 'wrong-type', text: '  replicas: many' });
    expect(await read(root, INPUT)).toBe(before);
  });

  test.each([
    ['inference.replicas', '"inference.replicas" is no assignment', 'write PATH=VALUE to set, or PATH- to remove'],
    ['=3', '"=3" is no assignment', 'write PATH=VALUE to set, or PATH- to remove'],
    [
      'inference.replicaCont=3',
      'neither the chart nor environment.yaml has "inference.replicaCont"',
      'did you mean "inference.replicaCount"?',
    ],
    [
      'inferense.replicas=3',
      'neither the chart nor environment.yaml has "inferense.replicas"',
      'did you mean "inference.replicas"?',
    ],
    [
      'inference.podLabels={a: b',
      'the value in inference.podLabels={a: b is no YAML: Flow map must end with a }',
      'the quote or bracket was opened above',
    ],
    [
      'inference.tolerations[1].key=a',
      'values.inference.tolerations has 0 items, so the next is values.inference.tolerations[0]',
      undefined,
    ],
  ])('refuses "%s"', async (assignment, message, hint) => {
    await expect(assign(await copyProject(), assignment)).rejects.toMatchObject({ message, hint });
  });

  test('says which files it wrote, and what it did not find to remove', async () => {
    const root = await copyProject();
    const { context, out, err } = collect(root);
    await set(context, { environment: 'minikube-ci', assignments: ['inference.replicas=3', 'inference.nodePort-'] });
    expect(out().split('\n').slice(0, 2)).toEqual([`wrote ${INPUT}`, `wrote ${VALUES}`]);
    expect(err()).toBe(`${INPUT} has no inference.nodePort to remove\n`);
  });

  test('fills an object that is empty or open, and removes a key that no schema has', async () => {
    const root = await copyProject();
    await replace(root, INPUT, 'inference:\n  replicas: 2', 'tpyo: 1\ninference: # pods');
    await assign(root, 'inference.replicas=3', 'inference.podLabels.team=ml', 'tpyo-');
    const after = await read(root, INPUT);
    expect(after).toContain('inference:\n  # pods\n  replicas: 3\n');
    expect(after).not.toContain('tpyo');
    expect(await read(root, VALUES)).toContain('podLabels:\n    team: ml\n');
  });

  test('leaves alone what stands behind an alias', async () => {
    const root = await copyProject();
    const limits = 'values: {inference: {resources: {limits: &l {cpu: 1, memory: 1Gi}, requests: *l}}}\n';
    await replace(root, INPUT, 'inference:\n', `${limits}inference:\n`);
    await expect(assign(root, 'values.inference.resources.requests.cpu=1')).rejects.toThrow(
      'values.inference.resources.requests only repeats what stands at &l',
    );
  });

  test('generates the environments that extend the one that is changed', async () => {
    const root = await copyProject();
    await mkdir(join(root, 'environments/heir'));
    await cp(join(root, 'environments/minikube-ci/image.yaml'), join(root, 'environments/heir/image.yaml'));
    await writeFile(join(root, 'environments/heir/environment.yaml'), 'extends: minikube-ci\n');
    await generate(collect(root).context, {});
    await assign(root, 'inference.replicas=3');
    expect(await read(root, 'environments/heir/values.yaml')).toContain('replicaCount: 3\n');
    await writeFile(
      join(root, 'environments/heir/environment.yaml'),
      'extends: minikube-ci\ninference: {autoscaling: {}}\n',
    );
    await expect(assign(root, 'inference.replicas=4')).rejects.toBeInstanceOf(FindingsError);
    expect(await read(root, INPUT)).toContain('replicas: 3\n');
  });
});

describe('brolly new', () => {
  const make = async (root: string, environment: string, from = 'minikube-ci'): Promise<number> =>
    newEnvironment(collect(root).context, { environment, from });

  test('makes an environment like another, generated', async () => {
    const root = await copyProject();
    expect(await make(root, 'staging')).toBe(0);
    expect(await read(root, 'environments/staging/environment.yaml')).toBe(await read(root, INPUT));
    expect(await read(root, 'argocd/staging/root.yaml')).toContain('argocd/staging/applications');
  });

  test.each([
    ['minikube-ci', 'minikube-ci', 'already'],
    ['Staging', 'minikube-ci', 'cannot be the name'],
    ['staging', 'minikube', 'there is no environment "minikube"'],
  ])('refuses %s from %s', async (environment, from, message) => {
    const root = await copyProject();
    await expect(make(root, environment, from)).rejects.toThrow(message);
    expect(await readdir(join(root, 'environments'))).not.toContain(environment === 'minikube-ci' ? '' : environment);
  });

  test('leaves nothing behind when what it copies is not valid', async () => {
    const root = await copyProject();
    await replace(root, INPUT, 'retention: 7d', 'retention: seven');
    await expect(make(root, 'staging')).rejects.toBeInstanceOf(FindingsError);
    expect(await readdir(join(root, 'environments'))).not.toContain('staging');
  });
});

describe('brolly.yaml', () => {
  test('that is wrong is told with all its problems', async () => {
    const root = await copyProject();
    await writeFile(join(root, 'brolly.yaml'), 'charts: here\nargocd: /etc\n');
    const error: unknown = await loadProject(root).catch((reason: unknown) => reason);
    expect((error as FindingsError).findings.map(({ code, path }) => [code, path])).toEqual([
      ['unknown-key', 'charts'],
      ['missing-key', ''],
      ['pattern', 'argocd'],
    ]);
  });

  test('that names no chart is told where it does, with the one that was meant', async () => {
    const root = await copyProject();
    await replace(root, 'brolly.yaml', 'charts/ml-platform', 'charts/ml-platfrom');
    const error: unknown = await loadProject(root).catch((reason: unknown) => reason);
    expect((error as FindingsError).findings).toMatchObject([
      { file: 'brolly.yaml', column: 8, path: 'chart', hint: 'did you mean "charts/ml-platform"?' },
    ]);
  });

  test('that is missing is a failure which says what to do', async () => {
    const root = join(await copyProject(), 'argocd');
    await expect(loadProject(root)).rejects.toBeInstanceOf(Failure);
  });
});
