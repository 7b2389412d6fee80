import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServingError } from '../dist/serving/model-server.js';
import { type FakeModels, startFake } from './fake-models.js';
import type { Service } from './support.js';

let service: Service & { models: FakeModels };
beforeAll(async () => {
  service = await startFake({}, { overload: () => new ServingError('overloaded', 'the queue is full', 2.5) });
});
afterAll(() => service.stop());

it.each([
  ['post', '/predict'],
  ['post', '/predict/batch'],
  ['post', '/predict/house-price'],
  ['get', '/predict/21'],
] as const)('refuses %s %s before it is looked at', async (method, path) => {
  const answer = await service.http[method](path).expect(503);
  expect(answer.headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/problem\+json/) as string,
    'retry-after': '3',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.any(String) as string,
  });
  expect(answer.body).toEqual({
    type: 'urn:brolly:problem:overloaded',
    title: 'Service Unavailable',
    status: 503,
    detail: 'the queue is full',
    request_id: answer.headers['x-request-id'],
  });
});

it.each(['/v2/models/echo/infer', '/v2/models/echo/versions/2/infer'])('refuses %s in its own words', async (path) => {
  const answer = await service.http.post(path).send('not looked at').expect(503);
  expect(answer.headers['retry-after']).toBe('3');
  expect(answer.body).toEqual({ error: 'the queue is full' });
});

it('answers what runs no model', async () => {
  for (const path of ['/health', '/v2/models/echo', '/v2/models/echo/ready']) await service.http.get(path).expect(200);
  await service.http.get('/predict').expect(405);
});

it('answers before the body has come, and goes on with the connection after it', async () => {
  const { port } = service.app.getHttpServer().address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const body = 'x'.repeat(1000);
  socket.write(`POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`);
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 503 [^]*"status":503/);
  socket.write(`${body}GET /health HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});

it('counts what it refused', async () => {
  const { text } = await service.http.get('/metrics').expect(200);
  expect(text).toMatch(/inference_requests_total\{endpoint="\/predict",status="503"\} [1-9]/);
});
