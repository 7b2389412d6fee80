import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  IDLE,
  apply,
  askInside,
  brolly,
  bystander,
  eventually,
  expectReady,
  kubectl,
  list,
  post,
  query,
  readyPods,
  restrictedNamespace,
  run,
} from './cluster.js';

/** The first minutes of a new user: `brolly up`, ask, look at the metrics, `brolly down`. */
describe('brolly up', () => {
  const namespace = 'ml-inference';
  const client = 'client';
  const service = 'http://brolly-inference:8000';
  const selector = 'app.kubernetes.io/instance=brolly,app.kubernetes.io/name=inference';
  const ask = (path: string, init?: RequestInit): ReturnType<typeof askInside> =>
    askInside(namespace, client, service + path, init);
  let printed = '';

  beforeAll(async () => {
    await restrictedNamespace(namespace);
    printed = await brolly(['up', 'minikube-ci', '--timeout', '480']).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await kubectl('get', 'pods,events', `--namespace=${namespace}`)}`);
    });
    // The policies let the pods of the service connect to nobody, themselves included.
    await apply(bystander(client, namespace, { command: IDLE }));
    await kubectl('wait', `pod/${client}`, `--namespace=${namespace}`, '--for=condition=Ready', '--timeout=120s');
  });

  afterAll(async () => {
    await kubectl('delete', 'pod', client, `--namespace=${namespace}`, '--now');
    await brolly(['down']);
    await eventually('the pods to go', 180, async () => {
      return (await list('pods', `--namespace=${namespace}`)).length === 0 ? true : undefined;
    });
  });

  test('installs the release and prints where it answers', async () => {
    expect(printed).toContain('brolly-inference');
    await expectReady(namespace, selector, 2);
    const status = await run(process.execPath, ['generator/bin/brolly.js', 'status', '--format', 'json']);
    expect(status.code).toBe(0);
  });

  test('tells what it is and that it is healthy and ready', async () => {
    expect(await ask('/')).toMatchObject({
      status: 200,
      body: { service: 'ml-inference', version: '1.0.0', status: 'running' },
    });
    expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    expect(await ask('/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  test('predicts', async () => {
    expect((await ask('/predict/21')).body).toEqual({ input: 21, prediction: 48, model_version: 'v1.1.0' });
    expect(await ask('/predict', post({ text: 'This is amazing' }))).toMatchObject({
      status: 200,
      body: { sentiment: 'positive' },
    });
    const batch = await ask('/predict/batch', post({ texts: ['This is amazing', 'This is terrible'] }));
    expect(batch.body).toMatchObject({ predictions: [{ sentiment: 'positive' }, { sentiment: 'negative' }] });
    const house = {
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
    const { status, body } = await ask('/predict/house-price', post(house));
    expect(status).toBe(200);
    // the block's true value is 452,600; anything in its region shows that the features reach the model in the right order
    expect((body as { prediction_usd: number }).prediction_usd).toBeGreaterThan(300_000);
  });

  test('refuses wrong input with every problem', async () => {
    expect(await ask('/predict', post({ text: '' }))).toMatchObject({ status: 422 });
    expect(await ask('/nowhere')).toMatchObject({ status: 404 });
    const method = await ask('/predict');
    expect(method.status).toBe(405);
    expect(method.headers.allow).toBe('POST');
  });

  test('describes its models', async () => {
    const { body } = await ask('/model/info');
    const names = (body as { models: { name: string; sha256?: string }[] }).models.map(({ name }) => name);
    expect(names.sort()).toEqual(['house-price', 'linear', 'sentiment']);
  });

  test('is scraped: VictoriaMetrics has the requests of every pod', async () => {
    const pods = (await readyPods(namespace, selector)).map(({ metadata }) => metadata.name).sort();
    const scraped = await eventually('metrics of every pod', 120, async () => {
      const series = await query(namespace, 'brolly-victoria-metrics', 'sum by (pod) (inference_requests_total)');
      const names = series.map(({ metric }) => metric.pod).sort();
      return names.length >= pods.length ? names : undefined;
    });
    expect(scraped).toEqual(pods);
  });
});
