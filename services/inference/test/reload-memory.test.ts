import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Of the resident memory, for what the runtime of JavaScript has not collected yet. */
const SLACK = 1.25;

it('has its memory back after 20 reloads', { timeout: 300_000 }, async () => {
  const script = fileURLToPath(new URL('./fixtures/reload.mjs', import.meta.url));
  // As in the image: without it the allocator keeps pieces of what large models leave.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '262144' };
  const { stdout } = await promisify(execFile)(process.execPath, [script, '20'], { env });
  const megabytes = JSON.parse(stdout) as number[];
  expect(megabytes).toHaveLength(21);
  const [before = NaN, ...after] = megabytes;
  expect(Math.min(...after.slice(-5)), megabytes.join(' ')).toBeLessThan(before * SLACK);
});
