import { status as Status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { startFake } from './fake-models.js';
import { GrpcClient, inferRequest } from './grpc-support.js';

const PATIENCE = { timeout: 60_000 };

let service: Awaited<ReturnType<typeof startFake>>;
let grpc: GrpcServer;
let client: GrpcClient;
beforeEach(async () => {
  service = await startFake();
  grpc = service.app.get(GrpcServer);
  client = new GrpcClient(await grpc.listen('127.0.0.1:0'));
});
afterEach(async () => {
  client.close();
  grpc.end();
  await service.stop();
});

const infer = (model: string) => client.call('inference.ModelInfer', inferRequest(model));

const untilInModel = (model: string) =>
  vi.waitFor(() => {
    expect(service.models.seen.map((request) => request.model)).toContain(model);
  }, PATIENCE);

it('draining serves what is under way and what still comes', PATIENCE, async () => {
  const held = infer('held');
  await untilInModel('held');
  grpc.drain();
  // On a new connection, because the old one takes no more.
  for (let i = 0; i < 20; i++) expect((await infer('echo')).response).toMatchObject({ model_name: 'echo' });
  service.models.release();
  expect((await held).response).toMatchObject({ model_name: 'held' });
});

it('stopping answers what is under way and takes nothing new', PATIENCE, async () => {
  const held = infer('held');
  await untilInModel('held');
  let stopped = false;
  const stop = grpc.stop().then(() => (stopped = true));
  expect((await infer('echo')).error?.code).toBe(Status.UNAVAILABLE);
  expect(stopped).toBe(false);
  service.models.release();
  expect((await held).response).toMatchObject({ model_name: 'held' });
  await stop;
});

it('stopping ends idle streams and watches, and busy streams after their answer', PATIENCE, async () => {
  const [idle, busy] = [client.stream(), client.stream()];
  const watch = client.watch({ service: '' });
  const seen: unknown[] = [];
  watch.on('data', ({ status }: { status: string }) => seen.push(status));
  const ends = [idle, busy].map((stream) => once(stream, 'error') as Promise<[{ code: number }]>);
  const answers: unknown[] = [];
  busy.on('data', (answer: unknown) => answers.push(answer));
  idle.on('data', (answer: unknown) => answers.push(answer));
  idle.write(inferRequest('echo'));
  busy.write(inferRequest('held'));
  await untilInModel('held');
  await vi.waitFor(() => {
    expect([answers.length, seen.length]).toEqual([1, 1]);
  }, PATIENCE);
  const watched = once(watch, 'end');
  const stop = grpc.stop();
  expect((await ends[0])?.[0].code).toBe(Status.UNAVAILABLE);
  service.models.release();
  expect((await ends[1])?.[0].code).toBe(Status.UNAVAILABLE);
  await Promise.all([watched, stop]);
  expect(answers).toMatchObject([
    { infer_response: { model_name: 'echo' } },
    { infer_response: { model_name: 'held' } },
  ]);
  expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
});
