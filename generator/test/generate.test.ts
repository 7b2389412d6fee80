import { execFile } from 'node:child_process';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generate } from '../src/commands/generate.js';
import { image } from '../src/commands/image.js';
import { validate } from '../src/commands/validate.js';
import { Failure, FindingsError } from '../src/errors.js';
import { parseYaml } from '../src/yaml.js';
import { REPOSITORY, collect, copyProject, generateAt } from './project.js';

const read = (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');

describe('brolly generate', () => {
  test('finds everything in the repository up to date', async () => {
    const { context, out } = collect(REPOSITORY);
    expect(await generate(context, { check: true })).toBe(0);
    expect(out()).toMatch(/^\d+ generated files up to date\n$/);
  });

  test('--check prints the drift as a diff, writes nothing and ends with 1', async () => {
    const root = await copyProject();
    await appendFile(join(root, 'environments/minikube-ci/values.yaml'), 'edited: by hand\n');
    const { context, out } = collect(root);
    expect(await generate(context, { check: true })).toBe(1);
    expect(out()).toContain('--- a/environments/minikube-ci/values.yaml');
    expect(out()).toContain('-edited: by hand');
    expect(await read(root, 'environments/minikube-ci/values.yaml')).toContain('edited: by hand');
  });

  test('writes only what differs, and removes an application that no component makes', async () => {
    const root = await copyProject();
    await rm(join(root, 'argocd/minikube-ci/applications/inference.yaml'));
    await writeFile(join(root, 'argocd/minikube-ci/applications/old.yaml'), 'kind: Application\n');
    const { context, out } = collect(root);
    expect(await generate(context, {})).toBe(0);
    expect(out()).toContain('wrote argocd/minikube-ci/applications/inference.yaml\n');
    expect(out()).toContain('removed argocd/minikube-ci/applications/old.yaml\n');
    expect(out()).toContain('2 changed\n');
    const again = collect(root);
    await generate(again.context, {});
    expect(again.out()).toContain(', 0 changed\n');
  });

  test('leaves every file as it was when one environment is wrong', async () => {
    const root = await copyProject();
    const before = await read(root, 'environments/k3s-hetzner/values.yaml');
    await writeFile(
      join(root, 'environments/k3s-hetzner/environment.yaml'),
      (await read(root, 'environments/k3s-hetzner/environment.yaml')).replace('maxReplicas: 5', 'maxReplicas: 9'),
    );
    await appendFile(join(root, 'environments/minikube-ci/environment.yaml'), 'typo: 1\n');
    await expect(generate(collect(root).context, {})).rejects.toBeInstanceOf(FindingsError);
    expect(await read(root, 'environments/k3s-hetzner/values.yaml')).toBe(before);
  });

  test('gives every value a complete, null-free place in the values', async () => {
    for (const { values } of await generateAt(REPOSITORY)) {
      expect(Object.keys(values)).toEqual(['global', 'grafana', 'inference', 'victoria-metrics']);
      expect(JSON.stringify(values)).not.toContain('null');
    }
  });

  test('refuses an environment that does not exist and suggests the one that was meant', async () => {
    const error: unknown = await generateAt(REPOSITORY, ['minikube-cl']).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toBe('there is no environment "minikube-cl"');
    expect((error as Failure).hint).toBe('did you mean "minikube-ci"?');
  });
});

describe('brolly validate', () => {
  test('prints findings as data', async () => {
    const root = await copyProject();
    await appendFile(join(root, 'environments/minikube-ci/environment.yaml'), 'typo: 1\n');
    const { context, out } = collect(root);
    expect(await validate(context, { format: 'json' })).toBe(1);
    expect(JSON.parse(out())).toMatchObject({
      findings: [
        {
          severity: 'error',
          code: 'unknown-key',
          file: 'environments/minikube-ci/environment.yaml',
          path: 'typo',
          column: 1,
        },
      ],
    });
  });
});

describe('brolly image', () => {
  const sha = '1'.repeat(40);

  test('writes the tag as text, keeps the comments and generates', async () => {
    const root = await copyProject();
    expect(await image(collect(root).context, { environment: 'k3s-hetzner', name: 'inference', tag: sha })).toBe(0);
    const text = await read(root, 'environments/k3s-hetzner/image.yaml');
    expect(text).toContain('# Written by the delivery pipeline');
    expect(text).toContain(`tag: "${sha}"`);
    const values = parseYaml(await read(root, 'environments/k3s-hetzner/values.yaml'), 'values.yaml').value;
    expect(values).toMatchObject({ inference: { image: { tag: sha } } });
  });

  test('drops the digest of the build before', async () => {
    const root = await copyProject();
    const digest = `sha256:${'a'.repeat(64)}`;
    const options = { environment: 'minikube-ci', name: 'inference' };
    await image(collect(root).context, { ...options, tag: sha, digest });
    expect(await read(root, 'environments/minikube-ci/values.yaml')).toContain(`digest: ${digest}`);
    await image(collect(root).context, { ...options, tag: '2'.repeat(40) });
    expect(await read(root, 'environments/minikube-ci/image.yaml')).not.toContain('digest');
  });

  test('leaves the file as it was when the tag is no tag', async () => {
    const root = await copyProject();
    const before = await read(root, 'environments/minikube-ci/image.yaml');
    const bad = image(collect(root).context, { environment: 'minikube-ci', name: 'inference', tag: 'not a tag' });
    await expect(bad).rejects.toBeInstanceOf(FindingsError);
    expect(await read(root, 'environments/minikube-ci/image.yaml')).toBe(before);
  });

  test('knows which images there are', async () => {
    const bad = image(collect(REPOSITORY).context, { environment: 'minikube-ci', name: 'inferense', tag: sha });
    await expect(bad).rejects.toMatchObject({
      message: 'there is no image "inferense"',
      hint: 'did you mean "inference"?',
    });
  });
});

describe('the brolly command', () => {
  const brolly = (args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    promisify(execFile)(process.execPath, [join(REPOSITORY, 'generator/bin/brolly.js'), ...args], {
      cwd: REPOSITORY,
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );

  test('lists its commands and exit codes', async () => {
    const { code, stdout } = await brolly(['--help']);
    expect(code).toBe(0);
    for (const word of ['generate', 'validate', 'render', 'diff', 'image', 'up', 'down', 'status', 'Exit codes']) {
      expect(stdout).toContain(word);
    }
  });

  test.each([[['frobnicate']], [['render']], [['generate', '--chekc']], [['image', 'minikube-ci', 'inference']]])(
    'ends with 2 and a word of advice for %j',
    async (args) => {
      const { code, stderr } = await brolly(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error: /);
    },
  );
});
