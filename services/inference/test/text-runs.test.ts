import fc from 'fast-check';
import { expect, it } from 'vitest';
import { costOf, planRuns } from '../dist/runtime/text-runs.js';

const ROUNDING = 1e-6;
const costOfAll = (sizes: number[]) => sizes.reduce((sum, tokens) => sum + costOf(tokens), 0);
const widthOf = (run: number[], lengths: number[]) => Math.max(...run.map((i) => lengths[i]!));

it.each<[string, number[], number, number[][]]>([
  ['texts of one length', [9, 9, 9], 1000, [[0, 1, 2]]],
  ['texts of nearly one length', [9, 12, 10], 1000, [[0, 2, 1]]],
  ['a long one among short ones', [9, 128, 9], 1000, [[0, 2], [1]]],
  [
    'more than a run may take',
    [10, 10, 10, 10],
    20,
    [
      [0, 1],
      [2, 3],
    ],
  ],
  ['a text longer than a run may be', [50, 5], 20, [[1], [0]]],
  [
    'more than is cheap in one run',
    Array<number>(8).fill(32),
    1000,
    [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ],
  ],
  ['one text', [5], 20, [[0]]],
  ['none', [], 20, []],
])('plans %s', (_, lengths, maxTokens, runs) => {
  expect(planRuns(lengths, maxTokens)).toEqual(runs);
});

it('runs every text once, never more tokens than allowed, and costs no more than one run or one for each', () => {
  const lengths = fc.array(fc.integer({ min: 2, max: 128 }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 128, max: 4096 }), (all, maxTokens) => {
      const runs = planRuns(all, maxTokens);
      expect(runs.flat().sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
      const sizes = runs.map((run) => run.length * widthOf(run, all));
      for (const tokens of sizes) expect(tokens).toBeLessThanOrEqual(maxTokens);
      const total = costOfAll(sizes);
      expect(total).toBeLessThanOrEqual(costOfAll(all) + ROUNDING);
      const together = all.length * Math.max(...all);
      if (together <= maxTokens) expect(total).toBeLessThanOrEqual(costOf(together) + ROUNDING);
    }),
  );
});
