import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import { texts } from './models.js';
import { type Service, start } from './support.js';

/** What the weights and activations of int8 may make of one text in another batch, in probability. */
const TOLERANCE = 0.02;

let service: Service;
let runtime: ModelRuntime;
beforeAll(async () => {
  service = await start();
  runtime = service.app.get(ModelRuntime);
});
afterAll(() => service.stop());

async function scoresOf(...list: string[]): Promise<number[][]> {
  const { outputs } = await runtime.infer({
    model: 'sentiment',
    inputs: [texts('text', ...list)],
    outputs: ['scores'],
  });
  const scores = [...(outputs[0]?.data as Float32Array)];
  return list.map((_, i) => scores.slice(i * 3, i * 3 + 3));
}

it('takes text and gives the label and the scores of each', async () => {
  expect(runtime.metadata('sentiment')).toMatchObject({
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'scores', datatype: 'FP32', shape: [-1, 3] },
    ],
  });
  const { outputs, labels } = await runtime.infer({
    model: 'sentiment',
    inputs: [texts('text', 'This is amazing', 'This is terrible')],
  });
  expect(labels).toEqual(['negative', 'neutral', 'positive']);
  expect(outputs[0]).toEqual(texts('label', 'positive', 'negative'));
  expect(outputs[1]?.shape).toEqual([2, 3]);
});

it('gives a label for every text there is', async () => {
  const odd = [
    '',
    ' ',
    '\0',
    '\u{1f600}'.repeat(300),
    '東京',
    'a'.repeat(500),
    '\ud800 lone',
    '[CLS] [SEP]',
    '.'.repeat(500),
  ];
  for (const scores of await scoresOf(...odd)) {
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 3);
  }
});

it('gives the same to a text whatever else is asked at the same time', { timeout: 180_000 }, async () => {
  const word = fc.constantFrom('good', 'bad', 'film', 'not', 'the', 'boring', 'wonderful', '!', 'actor', 'unwatchable');
  const text = fc.array(word, { minLength: 1, maxLength: 60 }).map((words) => words.join(' '));
  const requests = fc.array(fc.array(text, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(requests, async (all) => {
      const together = await Promise.all(all.map((list) => scoresOf(...list)));
      for (const [i, list] of all.entries()) {
        for (const [j, one] of list.entries()) {
          const [alone] = await scoresOf(one);
          together[i]?.[j]?.forEach((score, k) => {
            expect(Math.abs(score - alone![k]!)).toBeLessThan(TOLERANCE);
          });
        }
      }
    }),
    { numRuns: 10 },
  );
});
