import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Service, start } from './support.js';

let service: Service;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop());

const scrape = async () => (await service.http.get('/metrics').expect(200)).text;
/** The value of a sample, as it stands in the text. */
const sample = (text: string, series: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.split(' ')[1];

it('counts requests by route and status, and times routes and models', async () => {
  await service.http.get('/predict/1');
  await service.http.get('/predict/2');
  await service.http.get('/predict/x');
  await service.http.post('/predict').send({ text: 'good' });
  const text = await scrape();
  expect(sample(text, 'inference_requests_total{endpoint="/predict/:value",status="200"}')).toBe('2');
  expect(sample(text, 'inference_requests_total{endpoint="/predict/:value",status="422"}')).toBe('1');
  expect(sample(text, 'inference_request_duration_seconds_count{endpoint="/predict/:value"}')).toBe('3');
  expect(sample(text, 'model_inference_duration_seconds_count{model="linear"}')).toBe('2');
  expect(sample(text, 'model_inference_duration_seconds_count{model="sentiment"}')).toBe('1');
  expect(sample(text, 'inference_active_requests')).toBe('0');
  expect(text).toContain('process_cpu_seconds_total');
});

it('keeps few series whatever paths, models and methods are tried', async () => {
  for (let i = 0; i < 100; i += 1) {
    await service.http.get(`/scan/${String(i)}`);
    await service.http.get(`/predict/${String(i)}`);
    await service.http.get(`/v2/models/m${String(i)}/versions/${String(i)}/ready`);
    await service.http.post(`/v2/models/m${String(i)}/infer`).send({ inputs: [{ name: `x${String(i)}` }] });
    await service.http.options(`/predict/${String(i)}?q=${String(i)}`);
  }
  const text = await scrape();
  const endpoints = new Set([...text.matchAll(/endpoint="([^"]*)"/g)].map(([, endpoint]) => endpoint));
  expect([...endpoints].sort()).toEqual([
    '/metrics',
    '/predict',
    '/predict/:value',
    '/v2/models/:model/infer',
    '/v2/models/:model/versions/:version/ready',
    'unmatched',
  ]);
  expect(text).not.toMatch(/m7|x7/);
  expect(text.length).toBeLessThan(100_000);
  const buckets = text.match(/^inference_request_duration_seconds_bucket\{.*endpoint="\/predict"\}/gm) ?? [];
  expect(buckets.length).toBeGreaterThan(5);
  expect(buckets.length).toBeLessThanOrEqual(15);
});

it('forgets a request whose client went away', async () => {
  const { port } = service.app.getHttpServer().address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await vi.waitFor(async () => {
    expect(sample(await scrape(), 'inference_active_requests')).toBe('1');
  });
  socket.destroy();
  await vi.waitFor(async () => {
    expect(sample(await scrape(), 'inference_active_requests')).toBe('0');
  });
  expect(sample(await scrape(), 'inference_requests_total{endpoint="/predict",status="499"}')).toBe('1');
});
