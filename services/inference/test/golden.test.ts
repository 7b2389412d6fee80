import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featureIds } from '../dist/models/sentiment-features.js';
import { jsonOf, type Service, start } from './support.js';

/* What the training computed in Python, the service must compute as well. */

interface SentimentCase {
  text: string;
  features: number;
  /** Of negative, neutral, positive. */
  probabilities: number[];
  ids?: number[];
}

interface HouseCase {
  input: object;
  prediction_usd: number;
}

const read = (name: string): unknown[] =>
  readFileSync(new URL(`./golden/${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const sentiments = read('sentiment') as SentimentCase[];
const houses = read('house-price') as HouseCase[];

let service: Service;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop());

describe('sentiment', () => {
  it('has the same features', () => {
    expect(sentiments.length).toBeGreaterThanOrEqual(200);
    for (const { text, features, ids } of sentiments) {
      const own = featureIds(text);
      expect([text, own.length]).toEqual([text, features]);
      if (ids) expect([text, own]).toEqual([text, ids]);
    }
  });

  it('has the same class and confidence', async () => {
    for (let start = 0; start < sentiments.length; start += 20) {
      const cases = sentiments.slice(start, start + 20);
      const body = jsonOf(
        await service.http
          .post('/predict/batch')
          .send({ texts: cases.map(({ text }) => text) })
          .expect(200),
      );
      const { predictions } = body as { predictions: { sentiment: string; confidence: number }[] };
      cases.forEach(({ text, probabilities }, i) => {
        const confidence = Math.max(...probabilities);
        const sentiment = ['negative', 'neutral', 'positive'][probabilities.indexOf(confidence)];
        expect({ text, ...predictions[i] }).toMatchObject({
          text,
          sentiment,
          confidence: expect.closeTo(confidence, 3) as number,
        });
      });
    }
  });
});

describe('house-price', () => {
  it.each(houses)('predicts the same for $input', async ({ input, prediction_usd }) => {
    const body = jsonOf(await service.http.post('/predict/house-price').send(input).expect(200));
    // Sums of float32 in another order: some cents on hundreds of thousands.
    expect(Math.abs((body as HouseCase).prediction_usd - prediction_usd)).toBeLessThan(1);
  });
});
