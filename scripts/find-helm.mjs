/** Vitest global setup: names the Helm that the tests run in HELM, as the brolly command finds it (PATH, else fetched). */
import { fileURLToPath } from 'node:url';
import { createTerminal } from '../generator/dist/terminal.js';
import { findHelm } from '../generator/dist/tools.js';

export default async function findHelmForTests() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { signal } = new AbortController();
  const { helm } = await findHelm({ root, terminal: createTerminal(process, process.env), env: process.env, signal });
  process.env.HELM = helm;
}
