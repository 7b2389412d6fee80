import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Context } from '../src/context.js';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'brolly-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export interface FakeContext extends Context {
  /** Everything printed, results and progress alike, in order. */
  readonly lines: string[];
  /** What a Ctrl-C does. */
  readonly interrupt: () => void;
}

/** A context that prints into memory and sees no kubeconfig, no home and only the programs of `root`/bin beside Node.js. */
export function fakeContext(root: string, env: NodeJS.ProcessEnv = {}): FakeContext {
  const lines: string[] = [];
  const print = (text: string): void => void lines.push(text);
  const same = (text: string): string => text;
  const style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
  const controller = new AbortController();
  const path = [join(root, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return {
    root,
    env: { PATH: path, HOME: join(root, 'home'), ...env },
    terminal: { isTTY: false, out: print, err: print, status: print, style },
    signal: controller.signal,
    lines,
    interrupt: () => {
      controller.abort();
    },
  };
}

/**
 * Puts a program on the PATH of the context: JavaScript (CommonJS) that sees its arguments as `args`. Every call is noted.
 * Returns its absolute path.
 */
export async function fakeProgram(root: string, name: string, source = ''): Promise<string> {
  const path = join(root, 'bin', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(join(root, 'bin/package.json'), '{"type":"commonjs"}'); // whatever one above says
  await appendFile(callsFile(root), '');
  const note = `require('fs').appendFileSync(${JSON.stringify(callsFile(root))}, [${JSON.stringify(name)}, ...args].join(' ') + '\\n');`;
  await writeFile(path, `#!${process.execPath}\nconst args = process.argv.slice(2);\n${note}\n${source}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Every call of a fake program so far, as a command line. */
export async function calls(root: string): Promise<string[]> {
  return (await readFile(callsFile(root), 'utf8')).split('\n').filter((line) => line !== '');
}

function callsFile(root: string): string {
  return join(root, 'calls.log');
}
