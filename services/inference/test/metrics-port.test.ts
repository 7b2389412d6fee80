import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { metricsServer } from '../dist/metrics/metrics-server.js';
import { ApiKeys } from '../dist/security/api-keys.js';
import { jsonOf, listen, type Service } from './support.js';

let service: Service;
beforeEach(async () => {
  service = await listen({ metrics: { port: 9100 } });
});
afterEach(() => service.stop());

it('serves the metrics there and no longer on the port of the service', async () => {
  const answer = await service.http.get('/metrics').expect(404);
  expect(jsonOf(answer)).toMatchObject({ type: 'urn:brolly:problem:not-found' });
  expect((jsonOf(await service.http.get('/')) as { endpoints: object }).endpoints).not.toHaveProperty('metrics');
  const server = metricsServer(new ApiKeys([]));
  const scraped = await server.inject('/metrics');
  expect(scraped.statusCode).toBe(200);
  expect(scraped.headers['content-type']).toContain('text/plain');
  expect(scraped.payload).toContain('inference_requests_total{endpoint="unmatched",status="404"} 1');
  expect((await server.inject('/predict/1')).statusCode).toBe(404);
});

it('asks for a key with the scope there too', async () => {
  const sha256 = createHash('sha256').update('key').digest('hex');
  const server = metricsServer(new ApiKeys([{ name: 'a', sha256, scopes: ['metrics'] }]));
  expect((await server.inject('/metrics')).statusCode).toBe(401);
  const authorization = 'Bearer key';
  expect((await server.inject({ url: '/metrics', headers: { authorization } })).statusCode).toBe(200);
});
