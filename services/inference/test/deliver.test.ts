import { expect, it } from 'vitest';
import { deliver } from '../dist/serving/deliver.js';
import type { PartResult, Waiting } from '../dist/serving/model-queue.js';
import { part } from './scheduling.js';

/** Delivers a batch of 20 rows that took so many seconds. @returns what became of its parts, and when another had a turn */
async function delivered(compute: number): Promise<(PartResult | 'another')[]> {
  const order: (PartResult | 'another')[] = [];
  const data = Float32Array.from({ length: 20 }, (_, i) => i);
  const parts = Array.from(data, (value): Waiting => ({
    part: part(value),
    call: {},
    since: 1000,
    alone: false,
    resolve: (result) => order.push(result),
    reject: (error) => {
      throw error;
    },
  }));
  setImmediate(() => order.push('another'));
  const outputs = [{ name: 'x', datatype: 'FP32' as const, shape: [20], data }];
  const queued = parts.map(() => 2);
  await deliver(parts, { outputs, tokenize: 0, compute }, queued);
  return order;
}

it('gives each part its rows, and how long it waited', async () => {
  const order = await delivered(0.001);
  const values = order.map((entry) => entry !== 'another' && Array.from(entry.outputs[0]?.data as Float32Array));
  expect(values).toEqual(Array.from({ length: 20 }, (_, i) => [i]));
  expect(order[19]).toMatchObject({ queued: 2, batch: { tokenize: 0, compute: 0.001 } });
});

it('lets others have a turn among the answers of a batch that took long, and not of a fast one', async () => {
  expect((await delivered(0.01)).indexOf('another')).toBe(8);
  expect(await delivered(0.001)).not.toContain('another');
});
