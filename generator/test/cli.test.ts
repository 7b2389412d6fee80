import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from './project.js';

const BIN = join(REPOSITORY, 'generator/bin/brolly.js');

function brolly(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [BIN, ...args], { cwd: REPOSITORY }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

const lines = ({ stdout }: { stdout: string }): string[] => stdout.split('\n').filter((line) => line !== '');

describe('help', async () => {
  const commands = lines(await brolly('complete', '--', '')).filter((word) => !word.startsWith('-'));

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
