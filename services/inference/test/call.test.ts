import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import { deadlineOf } from '../dist/serving/call.js';
import { jsonOf, type Service, start } from './support.js';

let service: Service;
beforeAll(async () => {
  service = await start({ workers: 1 });
});
afterAll(() => service.stop());

describe('X-Request-Timeout', () => {
  it.each([
    [undefined, undefined],
    ['2', 12_000],
    ['0.25', 10_250],
  ])('of %s from 10 s is %s', (header, deadline) => {
    expect(deadlineOf(header, 10_000)).toBe(deadline);
  });

  it.each(['', '0', '-1', '1e3', '2s', 'soon', '3601', '0x2', '1, 2'])('of "%s" is refused', async (value) => {
    const answer = await service.http.get('/predict/21').set('x-request-timeout', value);
    expect(answer.status).toBe(422);
    expect(jsonOf(answer)).toMatchObject({ detail: expect.stringContaining('X-Request-Timeout') as string });
  });

  it('gives up when it is over, before the work is begun', async () => {
    const answer = await service.http
      .post('/predict/batch')
      .set('x-request-timeout', '0.000001')
      .send({ texts: ['a', 'b'] });
    expect(answer.status).toBe(504);
    expect(jsonOf(answer)).toMatchObject({ type: 'urn:brolly:problem:deadline' });
    await service.http.get('/predict/21').set('x-request-timeout', '60').expect(200);
  });
});

it('stops waiting for a client that has gone', async () => {
  const infer = vi.spyOn(service.app.get(ModelRuntime), 'infer');
  const { port } = service.app.getHttpServer().address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  infer.mockImplementationOnce(async ({ signal }) => {
    expect(signal?.aborted).toBe(false);
    socket.destroy();
    await vi.waitUntil(() => signal?.aborted, { timeout: 20_000 });
    throw new Error('gone');
  });
  socket.write('GET /predict/21 HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(
    () => {
      expect(infer.mock.settledResults[0]).toMatchObject({ type: 'rejected', value: { message: 'gone' } });
    },
    { timeout: 20_000 },
  );
  infer.mockRestore();
});
