import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { available } from './helm.js';

/** The metrics store's own program: the one that VICTORIA_METRICS names, by default the one on the PATH; undefined when there is none. */
export const VICTORIA_METRICS = available(process.env.VICTORIA_METRICS ?? 'victoria-metrics', ['-version']);

/**
 * Runs `work` against a store on a free port of this machine; the store and its data are gone afterwards.
 * @param args further arguments, or what makes them from the host and port of the store
 */
export async function withStore(
  args: string[] | ((address: string) => string[]),
  work: (url: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  try {
    await withStoreOf(folder, args, work);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As withStore, with the samples in a folder that stays. */
export async function withStoreOf(
  folder: string,
  args: string[] | ((address: string) => string[]),
  work: (url: string) => Promise<void>,
): Promise<void> {
  const address = `127.0.0.1:${String(await freePort())}`;
  const more = typeof args === 'function' ? args(address) : args;
  const own = [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`, '-memory.allowedBytes=64MiB'];
  await withProcess([VICTORIA_METRICS ?? '', ...own, ...more], {}, async (running) => {
    await running(`http://${address}/health`);
    await work(`http://${address}`);
  });
}

/**
 * Runs `work` beside a program, which is ended afterwards.
 * @param work is given a function that waits until an address answers; it throws if the program ends before that
 */
export async function withProcess(
  [program = '', ...args]: string[],
  env: Record<string, string>,
  work: (running: (url: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', reject);
  });
  try {
    await work(async (url) => {
      while (!(await answers(url))) {
        if (child.exitCode !== null) throw new Error(`${program} ended with ${String(child.exitCode)}:\n${said}`);
        await setTimeout(50);
      }
    });
  } finally {
    child.kill();
    await ended;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

/** A port of this machine on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
