import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DiffReport } from '../diff/model.js';
import { Failure } from '../errors.js';
import type { Json, Schema } from '../model.js';
import { createTerminal } from '../terminal.js';
import { checkSchema } from '../validate.js';
import { diff, type DiffOptions } from './diff.js';
import { generate } from './generate.js';

const REPOSITORY = join(import.meta.dirname, '../../..');
const SCHEMA = JSON.parse(readFileSync(join(REPOSITORY, 'generator/schemas/diff.schema.json'), 'utf8')) as Schema;
const temporary = mkdtempSync(join(tmpdir(), 'brolly-diff-test-'));

/** Answers like Helm: one Deployment that says how it was asked; 99 replicas cannot be rendered. In sh, which starts fast. */
const HELM = join(temporary, 'helm');
writeFileSync(
  HELM,
  `#!/bin/sh
[ "$1" = version ] && { printf v4.0.0; exit; }
release=$2 chart=$3
while [ $# -gt 0 ]; do
  case "$1" in
    --namespace) namespace=$2 ;;
    --kube-version) version=$2 ;;
    --values) files="$files $2" ;;
  esac
  shift
done
replicas=$(sed -n 's/^ *replicaCount: //p' $files | head -n 1)
[ "$replicas" = 99 ] && { echo "Error: $chart/templates/deployment.yaml: too many replicas" >&2; exit 1; }
cat $files | grep -q 'enabled: true' && enabled=true || enabled=false
cat <<end
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $release
  namespace: $namespace
  annotations: { kubeVersion: "$version", enabled: "$enabled" }
spec: { replicas: $replicas }
end
`,
);
chmodSync(HELM, 0o755);

let root: string;
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
  });
const edit = (path: string, from: string, to: string): void => {
  const text = readFileSync(join(root, path), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(root, path), text.replace(from, to));
};

async function run(options: Partial<DiffOptions> = {}): Promise<{ code: number; out: string }> {
  let out = '';
  const terminal = { ...createTerminal(process, {}), out: (text: string) => (out += text) };
  const context = { root, terminal, env: { ...process.env, HELM }, signal: new AbortController().signal };
  const code = await diff(context, { environments: [], format: 'json', ...options });
  return { code, out };
}

async function report(options: Partial<DiffOptions> = {}): Promise<{ code: number; report: DiffReport }> {
  const { code, out } = await run(options);
  const json = JSON.parse(out) as Json;
  expect(checkSchema(SCHEMA, json).problems).toEqual([]);
  return { code, report: json as unknown as DiffReport };
}

const statuses = ({ environments }: DiffReport): Record<string, string> =>
  Object.fromEntries(environments.map(({ name, status }) => [name, status]));

/** What each test starts from, made once. */
const template = join(temporary, 'template');

beforeAll(async () => {
  root = template;
  for (const folder of ['charts/ml-platform', 'environments']) {
    cpSync(join(REPOSITORY, folder), join(root, folder), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
  }
  writeFileSync(join(root, 'brolly.yaml'), 'chart: charts/ml-platform\nargocd: argocd\n');
  const quiet = { ...createTerminal(process, {}), out: () => undefined, err: () => undefined };
  await generate({ root, terminal: quiet, env: {}, signal: new AbortController().signal }, {});
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=one');
}, 60_000);
beforeEach(() => {
  root = mkdtempSync(join(temporary, 'repository-'));
  cpSync(template, root, { recursive: true });
  git('status'); // so that Git knows the copies, and has nothing to write when it is asked next
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
});

describe('brolly diff', () => {
  it('finds no change in a clean tree, and leaves the repository as it was', async () => {
    const metadata = (): string[] =>
      readdirSync(join(root, '.git'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(
          (entry) =>
            `${join(entry.parentPath, entry.name)} ${String(statSync(join(entry.parentPath, entry.name)).mtimeMs)}`,
        );
    const before = metadata();
    const { code, report: result } = await report();
    expect(code).toBe(0);
    expect(statuses(result)).toEqual({ 'k3s-hetzner': 'unchanged', 'minikube-ci': 'unchanged' });
    expect(metadata()).toEqual(before);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('tells what an input file changes, whatever the generated files on disk say', async () => {
    edit('environments/minikube-ci/values.yaml', 'replicaCount: 2', 'replicaCount: 7');
    expect((await report()).code).toBe(0);
    edit('environments/minikube-ci/environment.yaml', 'replicas: 2', 'replicas: 1');
    const { code, report: result } = await report();
    expect(code).toBe(1);
    expect(statuses(result)).toEqual({ 'k3s-hetzner': 'unchanged', 'minikube-ci': 'changed' });
    const minikube = result.environments.find(({ name }) => name === 'minikube-ci');
    expect(minikube?.values).toEqual([{ kind: 'changed', path: 'inference.replicaCount', from: 2, to: 1 }]);
    expect(minikube?.objects.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
      ['Deployment', 'ml-inference', 'inference'],
      ['Deployment', 'monitoring', 'monitoring'],
    ]);
    expect(minikube?.dangers.map(({ rule }) => rule)).toEqual(['replicas-lowered', 'replicas-lowered']);
    expect((await report({ exitZero: true })).code).toBe(0);
    expect((await report({ environments: ['k3s-hetzner'] })).code).toBe(0);
  });

  it('compares the working tree with where the branch left main', async () => {
    git('switch', '--quiet', '--create', 'topic');
    edit('environments/minikube-ci/values.yaml', 'replicaCount: 2', 'replicaCount: 3');
    git('commit', '--quiet', '--all', '--message=two');
    git('switch', '--quiet', 'main');
    edit('environments/k3s-hetzner/values.yaml', 'maxReplicas: 5', 'maxReplicas: 9');
    git('commit', '--quiet', '--all', '--message=three');
    git('switch', '--quiet', 'topic');
    const committed = await report({ head: 'topic' });
    expect(statuses(committed.report)).toEqual({ 'k3s-hetzner': 'unchanged', 'minikube-ci': 'changed' });
    expect(committed.report.head).toEqual({ ref: 'topic', commit: git('rev-parse', 'topic').trim() });
    expect(statuses((await report({ base: 'main', head: 'topic' })).report)).toEqual({
      'k3s-hetzner': 'changed',
      'minikube-ci': 'changed',
    });
  });

  it('counts an environment that one side does not have as a whole', async () => {
    cpSync(join(root, 'environments/minikube-ci'), join(root, 'environments/new'), { recursive: true });
    rmSync(join(root, 'environments/k3s-hetzner'), { recursive: true });
    const { report: result } = await report();
    expect(statuses(result)).toEqual({ 'k3s-hetzner': 'removed', 'minikube-ci': 'unchanged', new: 'added' });
    const [gone, , added] = result.environments;
    expect([gone?.objects, gone?.counts.objects.removed]).toEqual([[], 7]);
    expect(gone?.dangers.map(({ rule }) => rule)).toEqual([
      'application-pruned',
      'application-pruned',
      'application-pruned',
    ]);
    expect([added?.objects, added?.dangers, added?.counts.objects.added]).toEqual([[], [], 7]);
  });

  it('shows the error of a render that fails, and no object as deleted', async () => {
    edit('environments/minikube-ci/environment.yaml', 'replicas: 2', 'replicas: 99');
    const { code, report: result } = await report({ exitZero: true });
    expect(code).toBe(2);
    expect(statuses(result)).toEqual({ 'k3s-hetzner': 'unchanged', 'minikube-ci': 'failed' });
    const failed = result.environments.find(({ status }) => status === 'failed');
    const TOO_MANY = 'charts/ml-platform/templates/deployment.yaml: too many replicas';
    expect(failed?.errors).toEqual([
      {
        side: 'head',
        message: ['inference', 'monitoring']
          .map((release) => `helm cannot render the release "${release}"\nError: ${TOO_MANY}`)
          .join('\n'),
      },
    ]);
    expect([failed?.objects, failed?.dangers]).toEqual([[], []]);
    expect(failed?.values).toEqual([{ kind: 'changed', path: 'inference.replicaCount', from: 2, to: 99 }]);
  });

  it('tells the other environments when one cannot be generated', async () => {
    edit('environments/minikube-ci/environment.yaml', 'replicas:', 'replica:');
    edit('environments/k3s-hetzner/environment.yaml', 'maxReplicas: 5', 'maxReplicas: 6');
    const { code, report: result } = await report();
    expect(code).toBe(2);
    expect(statuses(result)).toEqual({ 'k3s-hetzner': 'changed', 'minikube-ci': 'failed' });
    expect(result.environments[1]?.errors[0]?.message).toMatch(
      /^environments\/minikube-ci\/environment\.yaml:\d+:\d+: unknown key "replica"/,
    );
    expect(result.environments[1]?.values).toEqual([]);
  });

  it('does not follow a symbolic link of a commit', async () => {
    const secret = join(temporary, 'secret.yaml');
    writeFileSync(secret, 'planted: canary-behind-the-link\n');
    rmSync(join(root, 'environments/minikube-ci/values.yaml'));
    symlinkSync(secret, join(root, 'environments/minikube-ci/values.yaml'));
    git('commit', '--quiet', '--all', '--message=link');
    const { out } = await run({ base: 'HEAD~1', head: 'HEAD' });
    expect(out).not.toContain('canary-behind-the-link');
  });

  it.each(['text', 'markdown'] as const)('prints the changes as %s', async (format) => {
    edit('environments/minikube-ci/environment.yaml', 'replicas: 2', 'replicas: 1');
    expect((await run({ format })).out).toMatch(/- inference\.replicaCount: 2\n *\+ inference\.replicaCount: 1/);
  });
});

describe('brolly diff refuses', () => {
  const failure = async (options: Partial<DiffOptions>): Promise<Failure> => {
    const error: unknown = await run(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failure);
    return error as Failure;
  };

  it('a reference that does not exist', async () => {
    const { message, hint } = await failure({ base: 'nowhere' });
    expect(message).toBe('Git knows no commit "nowhere"');
    expect(hint).toContain('git fetch origin');
    expect((await failure({ head: '--output=x' })).message).toBe('Git knows no commit "--output=x"');
  });

  it('a reference that a shallow clone does not have, and says how to fetch it', async () => {
    git('commit', '--quiet', '--allow-empty', '--message=two');
    const clone = join(temporary, 'shallow');
    git('clone', '--quiet', '--depth=1', `file://${root}`, clone);
    rmSync(root, { recursive: true });
    root = clone;
    expect((await failure({ base: 'HEAD~1' })).hint).toContain('fetch-depth: 0');
  });

  it('a folder that is no repository, and one without a commit', async () => {
    rmSync(join(root, '.git'), { recursive: true });
    expect((await failure({})).message).toContain('is no Git repository');
    git('init', '--quiet');
    expect((await failure({})).message).toBe('Git knows no commit "HEAD"');
  });

  it('an environment that neither side has, with a suggestion', async () => {
    const { message, hint } = await failure({ environments: ['minikub-ci'] });
    expect(message).toBe('neither side has an environment "minikub-ci"');
    expect(hint).toBe('did you mean "minikube-ci"?');
  });
});
