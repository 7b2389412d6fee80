import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { available } from './helm.js';

/** The metrics store's own program: the one that VICTORIA_METRICS names, by default the one on the PATH; undefined when there is none. */
export const VICTORIA_METRICS = available(process.env.VICTORIA_METRICS ?? 'victoria-metrics', ['-version']);

/** Runs `work` against a fresh store on a free port of this machine; the store and its data are gone afterwards. */
export async function withStore(args: string[], work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  const address = `127.0.0.1:${String(await freePort())}`;
  const store = spawn(
    VICTORIA_METRICS ?? '',
    [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`, '-memory.allowedBytes=64MiB', ...args],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => store.once('exit', resolve));
  try {
    while (!(await answers(`http://${address}/health`))) {
      if (store.exitCode !== null) throw new Error(`the store ended with ${String(store.exitCode)}: ${args.join(' ')}`);
      await setTimeout(50);
    }
    await work(`http://${address}`);
  } finally {
    store.kill();
    await ended;
    rmSync(folder, { recursive: true });
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
