import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { available } from './helm.js';
import { ask, type Series } from './panels.js';
import { VICTORIA_METRICS, withStoreOf } from './victoria-metrics.js';

/** The copying programs: those that VMBACKUP and VMRESTORE name, by default those on the PATH; undefined when there are none. */
const VMBACKUP = available(process.env.VMBACKUP ?? 'vmbackup', ['-version']);
const VMRESTORE = available(process.env.VMRESTORE ?? 'vmrestore', ['-version']);

/** Runs a copying program to its end. */
function run(program: string | undefined, ...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(program ?? '', [...args, '-httpListenAddr=127.0.0.1:0'], { encoding: 'utf8' });
}

test.skipIf(!VICTORIA_METRICS || !VMBACKUP || !VMRESTORE)(
  'what is copied from a running store and put into an empty one is all there (skipped without vmbackup and vmrestore)',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-'));
    const [first = '', copy = '', second = ''] = ['first', 'copy', 'second'].map((name) => join(folder, name));
    const end = Math.floor(Date.now() / 1000) - 60;
    const all = (url: string): Promise<Series[]> => ask(url, 'kept_total', { start: end - 600, end, step: 15 });
    const samples = Array.from(
      { length: 40 },
      (_, step) => `kept_total{pod="a"} ${String(step)} ${String((end - 15 * step) * 1000)}`,
    );
    try {
      let before: Series[] = [];
      await withStoreOf(first, [], async (url) => {
        await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: samples.join('\n') });
        await fetch(`${url}/internal/force_flush`);
        before = await all(url);
        const snapshot = `-snapshot.createURL=${url}/snapshot/create`;
        expect(run(VMBACKUP, `-storageDataPath=${first}`, snapshot, `-dst=fs://${copy}`)).toMatchObject({ status: 0 });
        // The restore waits for the store to be stopped.
        const busy = run(VMRESTORE, `-src=fs://${copy}`, `-storageDataPath=${first}`);
        expect(busy.status).not.toBe(0);
        expect(busy.stderr).toContain('lock');
      });
      expect(before[0]?.points).toHaveLength(samples.length);
      expect(run(VMRESTORE, `-src=fs://${copy}`, `-storageDataPath=${second}`)).toMatchObject({ status: 0 });
      await withStoreOf(second, [], async (url) => {
        expect(await all(url)).toEqual(before);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
