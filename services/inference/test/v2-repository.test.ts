import { status as Status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { compile } from '../dist/schema.js';
import { repositoryIndex } from '../dist/v2/schemas.js';
import { startFake } from './fake-models.js';
import { GrpcClient } from './grpc-support.js';
import { jsonOf, keysFile } from './support.js';

const KEY = 'key-of-the-tests';
const BEARER = { authorization: `Bearer ${KEY}` };

let service: Awaited<ReturnType<typeof startFake>>;
let client: GrpcClient;
async function serve(repositoryApi: boolean, scopes: string[]) {
  service = await startFake({ models: { repositoryApi }, auth: { keysFile: keysFile({ [KEY]: scopes }) } });
  client = new GrpcClient(await service.app.get(GrpcServer).listen('127.0.0.1:0'));
}
afterEach(async () => {
  client.close();
  service.app.get(GrpcServer).end();
  await service.stop();
});

const post = (path: string, body?: object) => service.http.post(`/v2/repository${path}`).set(BEARER).send(body);
const call = (method: string, request: object, headers: Record<string, string> = BEARER) =>
  client.call(`inference.Repository${method}`, request, {}, headers);

/** What each protocol answers to a client without rights. */
async function expectRefused(headers: Record<string, string>, status: number, code: Status, message: RegExp) {
  for (const path of ['/index', '/models/echo/load', '/models/echo/unload']) {
    const answer = await service.http.post(`/v2/repository${path}`).set(headers);
    expect([path, answer.status, jsonOf(answer)]).toEqual([
      path,
      status,
      { error: expect.stringMatching(message) as string },
    ]);
  }
  for (const method of ['Index', 'ModelLoad', 'ModelUnload']) {
    const { error } = await call(method, { model_name: 'echo' }, headers);
    expect([method, error?.code, error?.details]).toEqual([method, code, expect.stringMatching(message)]);
  }
  expect(service.models.isReady('echo')).toBe(true);
}

describe('the repository API', () => {
  it('is off unless configured, whatever the key', async () => {
    await serve(false, ['admin']);
    await expectRefused(
      BEARER,
      403,
      Status.PERMISSION_DENIED,
      /^the repository API is off; config.models.repositoryApi/,
    );
  });

  it('needs a key, and one for administration', async () => {
    await serve(true, ['predict']);
    await expectRefused({}, 401, Status.UNAUTHENTICATED, /^send a valid API key/);
    await expectRefused(BEARER, 403, Status.PERMISSION_DENIED, /^this needs an API key with the scope admin$/);
  });

  it('shows, unloads and loads over REST', async () => {
    await serve(true, ['admin']);
    const index = jsonOf(await post('/index').expect(200));
    expect(compile(repositoryIndex)(index)).toEqual({ value: index });
    expect(index).toMatchObject([
      { name: 'echo', state: 'READY' },
      { name: 'gone', state: 'UNAVAILABLE', reason: 'unloaded' },
    ]);
    expect(jsonOf(await post('/index', { ready: true }))).toMatchObject([{ name: 'echo' }]);
    await post('/models/echo/unload', { parameters: { unload_dependents: false } }).expect(200, {});
    expect(service.models.isReady('echo')).toBe(false);
    expect(jsonOf(await post('/index', { ready: true }))).toEqual([]);
    await post('/models/echo/load').expect(200, {});
    expect(service.models.isReady('echo')).toBe(true);
  });

  it('shows, unloads and loads over gRPC', async () => {
    await serve(true, ['admin']);
    expect((await call('Index', {})).response).toMatchObject({ models: [{ name: 'echo' }, { name: 'gone' }] });
    expect((await call('ModelUnload', { model_name: 'echo' })).response).toEqual({});
    expect((await call('Index', { ready: true })).response).toEqual({ models: [] });
    expect((await call('ModelLoad', { model_name: 'echo' })).response).toEqual({});
    expect(service.models.isReady('echo')).toBe(true);
  });

  it('says what it cannot do', async () => {
    await serve(true, ['admin']);
    const parameters = { config: '{}', 'file:1/model.onnx': 'AA==' };
    expect(jsonOf(await post('/models/echo/load', { parameters }).expect(400))).toEqual({
      error:
        'the parameter config is not supported: a model is loaded from its folder; ' +
        'the parameter file:1/model.onnx is not supported: a model is loaded from its folder',
    });
    expect(jsonOf(await post('/index', { ready: 'yes' }).expect(400))).toEqual({
      error: 'ready must be of type boolean',
    });
    await post('/models/unknown/load').expect(404, { error: 'there is no model unknown 2' });
    const { error } = await call('ModelLoad', { model_name: 'unknown' });
    expect([error?.code, error?.details]).toEqual([Status.NOT_FOUND, 'there is no model unknown 2']);
  });
});
