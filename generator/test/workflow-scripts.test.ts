import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { REPOSITORY, copyProject } from './project.js';

const SCRIPTS = join(REPOSITORY, '.github/scripts');
const DIGEST = `sha256:${'d'.repeat(64)}`;
const IDENTITY = { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@example.com' };
const COMMITTER = { GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@example.com' };

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'brolly-workflow-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

function run(cwd: string, program: string, args: readonly string[], path = ''): { code: number | null; out: string } {
  const env = { ...process.env, ...IDENTITY, ...COMMITTER, PATH: `${path}:${process.env.PATH ?? ''}` };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

function git(cwd: string, ...args: string[]): string {
  const { code, out } = run(cwd, 'git', args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${out}`);
  return out.trim();
}

const commit = (cwd: string, message: string): string => {
  git(cwd, 'add', '--all');
  git(cwd, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(cwd, 'rev-parse', 'HEAD');
};

describe('bump-image.sh', () => {
  /** A clone of main with an origin; `npx brolly` in it is this checkout's. */
  async function clone(): Promise<{
    work: string;
    origin: string;
    bump: (tag: string) => { code: number | null; out: string };
  }> {
    const [work, origin, bin] = [await copyProject(), await folder(), await folder()];
    git(origin, 'init', '--quiet', '--bare', '--initial-branch=main');
    git(work, 'init', '--quiet', '--initial-branch=main');
    git(work, 'remote', 'add', 'origin', origin);
    commit(work, 'Before');
    git(work, 'push', '--quiet', 'origin', 'main');
    const npx = join(bin, 'npx');
    await writeFile(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${REPOSITORY}/generator/bin/brolly.js' "$@"\n`);
    await chmod(npx, 0o755);
    const args = (tag: string): string[] => ['inference', tag, DIGEST, 'minikube-ci', 'k3s-hetzner'];
    return { work, origin, bump: (tag) => run(work, join(SCRIPTS, 'bump-image.sh'), args(tag), bin) };
  }

  const onMain = (origin: string, path: string): string => git(origin, 'show', `main:${path}`);

  test('commits to main what every environment runs, with the values that follow', async () => {
    const { work, origin, bump } = await clone();
    const tag = git(work, 'rev-parse', 'HEAD');
    expect(bump(tag)).toMatchObject({ code: 0 });
    expect(git(origin, 'log', '--format=%s', 'main')).toBe(`Run inference ${tag}\nBefore`);
    for (const environment of ['minikube-ci', 'k3s-hetzner']) {
      for (const file of ['image.yaml', 'values.yaml']) {
        const text = onMain(origin, `environments/${environment}/${file}`);
        expect(text).toContain(tag);
        expect(text).toContain(DIGEST);
      }
    }
  });

  test('makes the edit anew when main moved meanwhile', async () => {
    const { work, origin, bump } = await clone();
    const tag = git(work, 'rev-parse', 'HEAD');
    const other = join(await folder(), 'other');
    git(work, 'clone', '--quiet', origin, other);
    commit(other, 'Another change');
    // Somebody else pushes just before the first push arrives.
    const hook = join(work, '.git/hooks/pre-push');
    await writeFile(hook, `#!/bin/sh\nrm "$0"\nunset GIT_DIR\ngit -C '${other}' push --quiet origin main\n`);
    await chmod(hook, 0o755);
    const { code, out } = bump(tag);
    expect(code, out).toBe(0);
    expect(out).toContain('pushed after 2 attempt(s)');
    expect(git(origin, 'log', '--format=%s', 'main')).toBe(`Run inference ${tag}\nAnother change\nBefore`);
  });

  test('puts back no older build than the one that runs', async () => {
    const { work, origin, bump } = await clone();
    const older = git(work, 'rev-parse', 'HEAD');
    const newer = commit(work, 'A change of the service');
    git(work, 'push', '--quiet', 'origin', 'main');
    expect(bump(newer).code).toBe(0);
    const { code, out } = bump(older);
    expect(code, out).toBe(0);
    expect(out).toContain('nothing to commit');
    expect(onMain(origin, 'environments/k3s-hetzner/image.yaml')).toContain(newer);
  });
});

test('git-server.mjs lets a client clone and push', async () => {
  const [repositories, work] = [await folder(), await folder()];
  git(repositories, 'init', '--quiet', '--bare', '--initial-branch=main', 'platform.git');
  git(join(repositories, 'platform.git'), 'config', 'http.receivepack', 'true');
  const port = await freePort();
  const server = spawn(process.execPath, [join(SCRIPTS, 'git-server.mjs'), repositories, '127.0.0.1', String(port)]);
  try {
    const url = `http://127.0.0.1:${String(port)}/platform.git`;
    await vi.waitFor(async () => (await fetch(`${url}/HEAD`)).text(), { timeout: 20_000 });
    git(work, 'clone', '--quiet', url, 'first');
    // More than git sends in one piece.
    await writeFile(join(work, 'first', 'large'), Buffer.alloc(3_000_000, 'x\n'));
    commit(join(work, 'first'), 'A file');
    git(join(work, 'first'), 'push', '--quiet', 'origin', 'HEAD:main');
    git(work, 'clone', '--quiet', url, 'second');
    expect(await readFile(join(work, 'second', 'large'))).toHaveLength(3_000_000);
  } finally {
    server.kill();
    await once(server, 'close');
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
