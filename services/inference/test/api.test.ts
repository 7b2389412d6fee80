import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, type Service, start } from './support.js';

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const HOUSE = {
  longitude: -122.23,
  latitude: 37.88,
  housing_median_age: 41,
  total_rooms: 880,
  total_bedrooms: 129,
  population: 322,
  households: 126,
  median_income: 8.3252,
  ocean_proximity: 'NEAR BAY',
};

let service: Service;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop());

describe('the service', () => {
  it('describes itself, and every endpoint it names exists', async () => {
    const { body } = (await service.http.get('/').expect(200)) as { body: { endpoints: Record<string, string> } };
    expect(body).toEqual({
      service: 'ml-inference',
      version: '1.0.0',
      status: 'running',
      endpoints: {
        health: '/health',
        ready: '/ready',
        predict: '/predict',
        predict_batch: '/predict/batch',
        predict_linear: '/predict/{x}',
        predict_house_price: '/predict/house-price',
        model_info: '/model/info',
        metrics: '/metrics',
        openapi: '/openapi.json',
        docs: '/docs',
      },
    });
    for (const path of Object.values(body.endpoints)) {
      const { status } = await service.http.options(path.replace('{x}', '1'));
      expect([path, status]).toEqual([path, 405]);
    }
  });

  it.each([
    ['/health', 'healthy'],
    ['/ready', 'ready'],
  ])('answers %s', async (path, status) => {
    const body = jsonOf(await service.http.get(path).expect(200));
    expect(body).toEqual({
      service: 'ml-inference',
      version: '1.0.0',
      status,
      timestamp: expect.stringMatching(ISO_8601) as string,
    });
  });

  it('answers HEAD like GET, without a body', async () => {
    const { text, headers } = await service.http.head('/health').expect(200);
    expect(text).toBeFalsy();
    expect(headers['content-type']).toContain('application/json');
  });

  it('keeps the request id of the client and replaces one that is not plain', async () => {
    const kept = await service.http.get('/health').set('x-request-id', 'abc-1.2_3');
    expect(kept.headers['x-request-id']).toBe('abc-1.2_3');
    const replaced = await service.http.get('/health').set('x-request-id', 'a b"c');
    expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('POST /predict', () => {
  it.each([
    ['This is amazing', 'positive'],
    ['I love this product', 'positive'],
    ['The weather is cloudy', 'neutral'],
    ['This is terrible', 'negative'],
    ['I expected better', 'negative'],
  ])('finds "%s" %s', async (text, sentiment) => {
    const body = jsonOf(await service.http.post('/predict').send({ text }).expect(200));
    expect(body).toEqual({
      text,
      sentiment,
      confidence: expect.any(Number) as number,
      scores: expect.any(Object) as object,
      processing_time_ms: expect.any(Number) as number,
      timestamp: expect.stringMatching(ISO_8601) as string,
    });
    const { confidence, scores, processing_time_ms } = body as {
      confidence: number;
      scores: Record<string, number>;
      processing_time_ms: number;
    };
    expect(Object.keys(scores)).toEqual(['negative', 'neutral', 'positive']);
    expect(scores[sentiment]).toBe(confidence);
    expect(Object.values(scores).reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 3);
    expect(confidence).toBeGreaterThan(1 / 3);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(processing_time_ms).toBeGreaterThan(0);
  });

  it('takes 500 characters, also such as are two units of UTF-16, and a text of spaces', async () => {
    for (const text of ['é'.repeat(500), '😀'.repeat(500), ' ']) {
      const body = jsonOf(await service.http.post('/predict').send({ text }).expect(200));
      expect((body as { text: string }).text).toBe(text);
    }
  });
});

describe('POST /predict/batch', () => {
  it('answers each text as if it were alone, in order', async () => {
    const texts = ['This is amazing', 'The weather is cloudy', 'This is terrible', 'a much longer text '.repeat(20)];
    const body = jsonOf(await service.http.post('/predict/batch').send({ texts }).expect(200));
    const { predictions, ...rest } = body as { predictions: { text: string; sentiment: string; confidence: number }[] };
    expect(rest).toEqual({ total_processing_time_ms: expect.any(Number) as number });
    expect(predictions.map(({ text }) => text)).toEqual(texts);
    for (const { text, sentiment, confidence } of predictions) {
      const alone = jsonOf(await service.http.post('/predict').send({ text }));
      expect(alone).toMatchObject({ sentiment, confidence: expect.closeTo(confidence, 3) as number });
    }
  });

  it('takes 20 texts', async () => {
    const body = jsonOf(
      await service.http
        .post('/predict/batch')
        .send({ texts: Array.from({ length: 20 }, () => 'fine') })
        .expect(200),
    );
    expect((body as { predictions: unknown[] }).predictions).toHaveLength(20);
  });
});

describe('GET /predict/{x}', () => {
  it.each([
    ['21', 21, 48],
    ['0', 0, 6],
    ['-3', -3, 0],
    ['-0.5', -0.5, 5],
    ['+2.25', 2.25, 10.5],
    ['1e3', 1000, 2006],
    ['.5', 0.5, 7],
    ['123456789.125', 123456789.125, 246913584.25],
    ['1e300', 1e300, 2e300],
  ])('predicts 2x + 6 for %s', async (path, input, prediction) => {
    const body = jsonOf(await service.http.get(`/predict/${path}`).expect(200));
    expect(body).toEqual({ input, prediction, model_version: 'v1.1.0' });
  });
});

describe('POST /predict/house-price', () => {
  it('predicts a price', async () => {
    const body = jsonOf(await service.http.post('/predict/house-price').send(HOUSE).expect(200));
    expect(body).toEqual({
      prediction_usd: expect.any(Number) as number,
      model_version: 'v1.1.0',
      processing_time_ms: expect.any(Number) as number,
      timestamp: expect.stringMatching(ISO_8601) as string,
    });
    // 452,600 is the value in the census.
    expect((body as { prediction_usd: number }).prediction_usd).toBeGreaterThan(350_000);
  });

  it('does without total_bedrooms, and null says the same', async () => {
    const { total_bedrooms: _, ...without } = HOUSE;
    const absent = await service.http.post('/predict/house-price').send(without).expect(200);
    const none = await service.http
      .post('/predict/house-price')
      .send({ ...HOUSE, total_bedrooms: null })
      .expect(200);
    const price = ({ body }: { body: unknown }) => (body as { prediction_usd: number }).prediction_usd;
    expect(price(absent)).toBe(price(none));
  });
});

describe('GET /model/info', () => {
  it('shows every model with version, hash, inputs, outputs and the metrics of its training', async () => {
    const body = jsonOf(await service.http.get('/model/info').expect(200));
    const { models } = body as { models: { name: string; metrics: Record<string, number> }[] };
    expect(models.map(({ name }) => name)).toEqual(['house-price', 'linear', 'sentiment']);
    for (const model of models) {
      expect(model).toMatchObject({
        version: expect.stringMatching(/^v\d+\.\d+\.\d+$/) as string,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        inputs: expect.any(Array) as unknown[],
        outputs: expect.any(Array) as unknown[],
      });
    }
    expect(models[2]?.metrics.sst_accuracy_without_neutral).toBeGreaterThan(0.88);
    expect(models[2]?.metrics.tweets_macro_f1).toBeGreaterThan(0.68);
    expect(models[0]?.metrics.r2).toBeGreaterThanOrEqual(0.8);
    expect(models[1]?.metrics.r2).toBe(1);
  });
});
