import { status as Status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { startFake } from './fake-models.js';
import { GrpcClient, inferRequest } from './grpc-support.js';
import { keysFile } from './support.js';

let service: Awaited<ReturnType<typeof startFake>>;
let grpc: GrpcServer;
let client: GrpcClient;
beforeAll(async () => {
  service = await startFake({
    auth: { keysFile: keysFile({ shop: ['predict'], bank: ['predict'], stream: ['predict'], scrape: ['metrics'] }) },
    rateLimit: { requests: 2, windowSeconds: 3600 },
    trustedProxies: ['loopback'],
  });
  grpc = service.app.get(GrpcServer);
  client = new GrpcClient(await grpc.listen('127.0.0.1:0'));
});
afterAll(async () => {
  client.close();
  grpc.end();
  await service.stop();
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const infer = (headers: Record<string, string>) =>
  client.call('inference.ModelInfer', inferRequest('echo'), {}, headers);

it('takes calls and requests over HTTP from the one allowance of a client', async () => {
  await service.http.get('/v2').set(bearer('shop')).expect(200);
  expect((await infer(bearer('shop'))).error).toBeUndefined();
  const { error } = await infer(bearer('shop'));
  expect(error?.code).toBe(Status.RESOURCE_EXHAUSTED);
  expect(error?.details).toMatch(/^this client sends too many requests; try again in \d+ s$/);
  expect(Number(error?.metadata.get('grpc-retry-pushback-ms')[0])).toBeGreaterThan(1_700_000);
  expect(error?.metadata.get('grpc-status-details-bin')).toHaveLength(1);
  await service.http.get('/v2').set(bearer('shop')).expect(429);
  expect((await infer(bearer('bank'))).error).toBeUndefined();
  const { text } = await service.http.get('/metrics').set(bearer('scrape')).expect(200);
  expect(text).toContain('{endpoint="/inference.GRPCInferenceService/ModelInfer",status="429"} 1');
});

it('takes every request of a stream from it, and leaves the stream open', async () => {
  const stream = client.stream(bearer('stream'));
  const answers: unknown[] = [];
  stream.on('data', (answer: unknown) => answers.push(answer));
  for (let i = 0; i < 3; i += 1) stream.write(inferRequest('echo', { id: String(i) }));
  stream.end();
  await once(stream, 'end');
  expect(answers).toMatchObject([
    { error_message: '', infer_response: { id: '0' } },
    { error_message: '', infer_response: { id: '1' } },
    { error_message: expect.stringContaining('too many requests') as string, infer_response: { id: '2' } },
  ]);
});

it('knows a client without a key by its address, which a trusted proxy tells', async () => {
  const from = async (address: string, key = 'of nobody') =>
    (await infer({ 'x-forwarded-for': address, ...bearer(key) })).error?.code;
  expect(await from('192.0.2.1')).toBe(Status.UNAUTHENTICATED);
  expect(await from('192.0.2.9, 192.0.2.1', 'another')).toBe(Status.UNAUTHENTICATED);
  expect(await from('192.0.2.1')).toBe(Status.RESOURCE_EXHAUSTED);
  expect(await from('192.0.2.2')).toBe(Status.UNAUTHENTICATED);
  await service.http.get('/').set('x-forwarded-for', '192.0.2.1').expect(429);
});

it('never stops probes', async () => {
  for (let i = 0; i < 5; i += 1) {
    expect((await client.call('health.Check', {})).response).toEqual({ status: 'SERVING' });
    expect((await client.call('inference.ServerReady', {})).response).toEqual({ ready: true });
    expect((await client.call('inference.ServerLive', {})).response).toEqual({ live: true });
  }
});
