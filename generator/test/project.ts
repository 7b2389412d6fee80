import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Context } from '../src/context.js';
import { generateEnvironments, type GeneratedEnvironment } from '../src/pipeline.js';
import { loadProject } from '../src/project.js';
import { createTerminal } from '../src/terminal.js';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Everything that `brolly generate` reads and writes. */
const PARTS = [
  'brolly.yaml',
  'charts/ml-platform',
  'environments',
  'argocd',
  'docs/environment.md',
  'docs/values',
  'generator/src/generated',
  'services/inference/package.json',
];
const SERVICE = ['services/inference/config.schema.json', 'services/inference/src/generated'];

/** A copy of the repository's inputs and outputs in a temporary folder, gone when the test ends. */
export async function copyProject(): Promise<string> {
  const root = await copyRepository();
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** The same for several tests: whoever calls it removes it. */
export async function copyRepository(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'brolly-test-'));
  for (const part of [...PARTS, ...SERVICE]) await cp(join(REPOSITORY, part), join(root, part), { recursive: true });
  return root;
}

/** What the environments of the repository at `root` come to. */
export async function generateAt(root: string, names?: readonly string[]): Promise<GeneratedEnvironment[]> {
  return generateEnvironments(await loadProject(root), names);
}

/** A context whose output is collected instead of shown. */
export function collect(root: string): { context: Context; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err'): NodeJS.WritableStream =>
    ({ write: (text: string) => ((written[name] += text), true) }) as unknown as NodeJS.WritableStream;
  const terminal = createTerminal({ stdout: stream('out'), stderr: stream('err') }, {});
  const context = { root, terminal, env: process.env, signal: new AbortController().signal };
  return { context, out: () => written.out, err: () => written.err };
}
