import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { golden, jsonOf, type Service, start } from './support.js';

/* What the training computed in Python, the service must compute as well. */

interface SentimentCase {
  text: string;
  /** Of negative, neutral, positive. */
  probabilities: number[];
}

interface SentimentAnswer {
  sentiment: string;
  confidence: number;
  scores: Record<'negative' | 'neutral' | 'positive', number>;
}

interface HouseCase {
  input: object;
  prediction_usd: number;
}

/**
 * How far a score may be from its golden one: another processor adds in another order, and an activation on the edge of
 * two integers falls on the other one.
 */
const TOLERANCE = 0.02;

let service: Service;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop());

describe('sentiment', () => {
  const cases = golden<SentimentCase>('sentiment');

  it('has the same scores for a text alone', async () => {
    for (const { text, probabilities } of cases) expectScores(await sentimentOf(text), probabilities);
  });

  it('has the same scores for a text in a batch', async () => {
    for (let start = 0; start < cases.length; start += 20) {
      const batch = cases.slice(start, start + 20);
      const texts = batch.map(({ text }) => text);
      const answer = jsonOf(await service.http.post('/predict/batch').send({ texts }).expect(200));
      const { predictions } = answer as { predictions: SentimentAnswer[] };
      expect(predictions.length).toBe(batch.length);
      predictions.forEach((prediction, i) => {
        expectScores(prediction, batch[i]?.probabilities ?? []);
      });
    }
  });

  it.each([
    ['The weather is cloudy', 'neutral'],
    ['This is amazing', 'positive'],
    ['not bad at all', 'positive'],
    ['I expected better', 'negative'],
    ['This is terrible', 'negative'],
    ['I love this product', 'positive'],
  ])('understands %s', async (text, sentiment) => {
    expect(await sentimentOf(text)).toMatchObject({ sentiment });
  });
});

describe('house-price', () => {
  it.each(golden<HouseCase>('house-price'))('predicts the same for $input', async ({ input, prediction_usd }) => {
    const body = jsonOf(await service.http.post('/predict/house-price').send(input).expect(200));
    // Sums of float32 in another order: some cents on hundreds of thousands.
    expect(Math.abs((body as HouseCase).prediction_usd - prediction_usd)).toBeLessThan(1);
  });
});

async function sentimentOf(text: string): Promise<SentimentAnswer> {
  return jsonOf(await service.http.post('/predict').send({ text }).expect(200)) as SentimentAnswer;
}

function expectScores({ scores }: SentimentAnswer, probabilities: readonly number[]): void {
  const given = [scores.negative, scores.neutral, scores.positive];
  const distance = Math.max(...given.map((score, i) => Math.abs(score - (probabilities[i] ?? NaN))));
  expect(distance).toBeLessThan(TOLERANCE);
}
