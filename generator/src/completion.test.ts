import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/fakes.js';
import { complete, completionScript, type CommandShape } from './completion.js';

const format = { long: '--format', required: true, argChoices: ['text', 'json'] };
const check = { long: '--check', required: false };
const component = { long: '--component', required: true };
const shape = (name: string, args: string[], ...options: CommandShape['options'][number][]): CommandShape => ({
  name: () => name,
  options,
  registeredArguments: args.map((arg) => ({ name: () => arg.replace('...', ''), variadic: arg.endsWith('...') })),
});
const COMMANDS = [
  shape('validate', ['environments...'], format, check),
  shape('render', ['environment'], component),
  shape('set', ['environment', 'assignments...']),
  shape('status', []),
];
const CANDIDATES = {
  environments: () => ['base', 'k3s', 'minikube'],
  environment: () => ['k3s', 'minikube'],
  component: () => ['inference', 'monitoring'],
  assignments: () => ['inference.replicas=', 'monitoring.storage='],
};

test.each([
  [[''], ['validate', 'render', 'set', 'status', 'help', '--help', '--version']],
  [
    ['help', 's'],
    ['set', 'status'],
  ],
  [['s'], ['set', 'status']],
  [['zebra', ''], []],
  [
    ['validate', ''],
    ['base', 'k3s', 'minikube'],
  ],
  [
    ['validate', 'k3s', ''],
    ['base', 'minikube'],
  ],
  [
    ['validate', 'k3s', '--'],
    ['--format', '--check', '--help'],
  ],
  [
    ['validate', '--check', '--'],
    ['--format', '--help'],
  ],
  [
    ['validate', '--format', ''],
    ['text', 'json'],
  ],
  [['validate', '--format', 'j'], ['json']],
  [['validate', '--format', 'json', 'm'], ['minikube']],
  [['validate', '--check', 'b'], ['base']],
  [['render', 'k3s', '--component', 'i'], ['inference']],
  [['render', 'k3s', ''], []],
  [
    ['render', '--component', 'inference', ''],
    ['k3s', 'minikube'],
  ],
  [['set', 'k3s', 'inf'], ['inference.replicas=']],
  [['status', ''], []],
])('%j may go on with %j', (words, expected) => {
  expect(complete(COMMANDS, words, CANDIDATES)).toEqual(expected);
});

describe('in bash', () => {
  /** What bash offers for a line, when `brolly` answers with `replies` and notes what it is asked. */
  const bash = (line: string, ...replies: string[]): { asked: string[]; offered: string[] } => {
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '--norc',
        '-c',
        `brolly() { printf '%s\\n' "\${@:3}" >&3; printf '%s\\n' ${replies.map((reply) => `'${reply}'`).join(' ')}; }
         compopt() { :; }
         ${completionScript('bash')}
         COMP_LINE='${line}' COMP_POINT=${String(line.length)} 
         _brolly 3>&1; printf -- '-- %s\\n' "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const rows = stdout.split('\n').slice(0, -1);
    return {
      asked: rows.filter((row) => !row.startsWith('-- ')),
      offered: rows.filter((row) => row.startsWith('-- ')).map((row) => row.slice(3)),
    };
  };

  test('a word under way is asked for with the words before it', () => {
    expect(bash('brolly validate mi', 'minikube')).toEqual({ asked: ['validate', 'mi'], offered: ['minikube'] });
  });

  test('a new word is asked for as an empty one', () => {
    expect(bash('brolly validate ', 'a', 'b')).toEqual({ asked: ['validate', ''], offered: ['a', 'b'] });
  });

  test('behind "=" only the value is offered', () => {
    expect(bash('brolly set x a.b=t', 'a.b=true')).toEqual({ asked: ['set', 'x', 'a.b=t'], offered: ['true'] });
  });
});

test.each(['zsh', 'fish'] as const)('%s accepts the script, where it is there', async (shell) => {
  const file = join(await temporaryFolder(), 'script');
  await writeFile(file, completionScript(shell));
  const { error, status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
  if (error !== undefined) expect(error).toMatchObject({ code: 'ENOENT' });
  else expect([status, stderr]).toEqual([0, '']);
});
