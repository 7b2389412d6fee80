import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { calls, fakeProgram } from './fakes.js';
import { REPOSITORY, copyProject } from './project.js';

const BIN = join(REPOSITORY, 'generator/bin/brolly.js');

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function brolly(...args: string[]): Promise<Result> {
  return brollyIn(REPOSITORY, ...args);
}

function brollyIn(cwd: string, ...args: string[]): Promise<Result> {
  return promisify(execFile)(process.execPath, [BIN, ...args], { cwd }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Result,
  );
}

const lines = ({ stdout }: { stdout: string }): string[] => stdout.split('\n').filter((line) => line !== '');

describe('help', async () => {
  const commands = lines(await brolly('complete', '--', 'help', ''));

  test('names every command that completion offers', async () => {
    const { stdout } = await brolly('--help');
    expect(commands).toContain('validate');
    expect(commands).not.toContain('complete');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test.each(commands)('of %s has examples of it', async (command) => {
    const { code, stdout } = await brolly(command, '--help');
    expect(code).toBe(0);
    const [, examples = ''] = stdout.split('\nExamples:\n');
    expect(examples).toContain(`brolly ${command}`);
  });
});

describe('completion', () => {
  test.each([
    [['validate', 'mini'], ['minikube-ci']],
    [['validate', '--format', 's'], ['sarif']],
    [['render', 'k3s-hetzner', '--component', 'inf'], ['inference']],
    [['explain', 'k3s-hetzner', 'inference.autoscaling.minR'], ['inference.autoscaling.minReplicas']],
    [['set', 'k3s-hetzner', 'monitoring.ret'], ['monitoring.retention=']],
    [['image', 'k3s-hetzner', ''], ['inference']],
    [['new', 'x', '--from', 'k'], ['k3s-hetzner']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('of %j offers %j', async (words, expected) => {
    expect(lines(await brolly('complete', '--', ...words))).toEqual(expected);
  });

  test('works in bash', () => {
    const line = 'brolly validate k3s';
    const script = `
      brolly() { "${process.execPath}" "${BIN}" "$@"; }
      eval "$(brolly completion bash)"
      COMP_LINE='${line}' COMP_POINT=${String(line.length)}
      _brolly; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: REPOSITORY });
    expect(stdout).toBe('k3s-hetzner\n');
  });

  test('of a shell that is not known is refused', async () => {
    expect(await brolly('completion', 'csh')).toMatchObject({
      code: 2,
      stderr: 'error: there is no completion for "csh"\nhint: there are: bash, zsh, fish\n',
    });
  });
});

test.each(['abc', '0', '-1', ''])('up refuses a timeout of %j', async (timeout) => {
  const { code, stderr } = await brolly('up', '--timeout', timeout);
  expect(code).toBe(2);
  expect(stderr).toContain('It has to be a number of seconds above 0.');
});

test.each([
  ['github', /^$/],
  ['json', /"counts": {\s+"errors": 0,\s+"warnings": 0\s+}/],
  ['sarif', /"results": \[\]/],
  ['text', /^2 environments valid: k3s-hetzner, minikube-ci, no problems\n$/],
])('validate --format %s of valid environments', async (format, expected) => {
  const { code, stdout, stderr } = await brolly('validate', '--format', format);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(expected);
});

test('--version prints that of the package', async () => {
  const { version } = JSON.parse(await readFile(join(REPOSITORY, 'generator/package.json'), 'utf8')) as {
    version: string;
  };
  expect(await brolly('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['generte'], "error: unknown command 'generte'\n(Did you mean generate?)\n(brolly --help lists the commands)\n"],
  [['set', 'a'], "error: missing required argument 'assignments'\n(brolly set --help has examples)\n"],
])('%j is told how it goes', async (args, stderr) => {
  expect(await brolly(...args)).toMatchObject({ code: 2, stdout: '', stderr });
});

describe('what stops a command', () => {
  test.each(['generate', 'explain minikube-ci inference.replicas', 'set minikube-ci inference.replicas=3'])(
    'is data with --format json: %s',
    async (command) => {
      const root = await copyProject();
      await appendFile(join(root, 'environments/minikube-ci/environment.yaml'), 'typo: 1\n');
      const { code, stdout, stderr } = await brollyIn(root, ...command.split(' '), '--format', 'json');
      expect([code, stderr]).toEqual([1, '']);
      expect(JSON.parse(stdout)).toMatchObject({ counts: { errors: 1 }, findings: [{ code: 'unknown-key' }] });
    },
  );

  test('is told in words where the disk refuses something', async () => {
    const root = await copyProject();
    await mkdir(join(root, 'environments/folder/environment.yaml'), { recursive: true });
    expect(await brollyIn(root, 'validate')).toMatchObject({
      code: 2,
      stderr: 'error: cannot read environments/folder/environment.yaml: it is a folder\n',
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('may be %s: it ends at once with %i and leaves no temporary folder', async (signal, expected) => {
    const root = await copyProject();
    const helm = await fakeProgram(
      root,
      'helm',
      `if (args[0] === 'version') console.log('v4.1.4'); else setTimeout(() => {}, 60_000);`,
    );
    await mkdir(join(root, 'tmp'));
    // From its version 22 on Node.js keeps what it compiled in the temporary folder, because bin/brolly.js asks it to.
    const env = { ...process.env, HELM: helm, TMPDIR: join(root, 'tmp'), NODE_DISABLE_COMPILE_CACHE: '1' };
    const child = spawn(process.execPath, [BIN, 'render', 'minikube-ci'], { cwd: root, env, detached: true });
    await vi.waitFor(async () => {
      expect((await calls(root)).join()).toContain('template');
    }, 20_000);
    process.kill(-(child.pid ?? 0), signal); // all of them, as a terminal does
    expect(await once(child, 'exit')).toEqual([expected, null]);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });
});
