import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compile } from '../dist/schema.js';
import * as schemas from '../dist/v2/schemas.js';
import { startFake } from './fake-models.js';
import { jsonOf } from './support.js';

const PATIENCE = { timeout: 60_000 };
const JSON_LENGTH = 'inference-header-content-length';

let service: Awaited<ReturnType<typeof startFake>>;
beforeAll(async () => {
  service = await startFake({ limits: { inferBytes: 8192, tensorElements: 100, jsonDepth: 8 } });
});
afterAll(() => service.stop());

const X = { name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2.5, -3, 0] };
const post = (model = 'echo') => service.http.post(`/v2/models/${model}/infer`);
const infer = (body: object, model?: string) => post(model).send(body);

/** The answer, which must be what the schema says. */
function valid(answer: { body: unknown; status: number }, schema: object, status = 200): unknown {
  expect(answer.status).toBe(status);
  const checked = compile(schema)(answer.body);
  expect(checked).toEqual({ value: answer.body });
  return answer.body;
}

/** An infer request whose inputs have their data after the JSON. */
function binary(header: object, ...sections: Buffer[]) {
  const json = Buffer.from(JSON.stringify(header));
  return post()
    .set(JSON_LENGTH, String(json.length))
    .set('content-type', 'application/octet-stream')
    .send(Buffer.concat([json, ...sections]));
}

/** The body as it comes, for supertest. */
function readBytes(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  buffer(response as NodeJS.ReadableStream).then(
    (body) => {
      done(null, body);
    },
    (error: unknown) => {
      done(error as Error, Buffer.alloc(0));
    },
  );
}

const packed = (encoding: string, body: Buffer) =>
  post().set('content-encoding', encoding).set('content-type', 'application/octet-stream').send(body);

describe('what there is', () => {
  it.each<[string, object, object]>([
    ['/v2', schemas.serverMetadata, { name: 'ml-inference', version: '1.0.0' }],
    ['/v2/', schemas.serverMetadata, { name: 'ml-inference', version: '1.0.0' }],
    ['/v2/health/live', schemas.serverLive, { live: true }],
    ['/v2/health/ready', schemas.serverReady, { ready: true }],
    ['/v2/models/echo', schemas.modelMetadata, { name: 'echo', versions: ['2'], platform: 'onnx_onnxv1' }],
    ['/v2/models/echo/versions/2', schemas.modelMetadata, { name: 'echo' }],
    ['/v2/models/echo/ready', schemas.modelReady, { name: 'echo', ready: true }],
    ['/v2/models/echo/versions/2/ready', schemas.modelReady, { name: 'echo', ready: true }],
    ['/v2/models/echo/config', schemas.modelConfig, { input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1, 2] }] }],
    ['/v2/models/stats', schemas.modelStatistics, { model_stats: [{ inference_stats: { success: { ns: 1235 } } }] }],
    ['/v2/models/echo/stats', schemas.modelStatistics, { model_stats: [{ name: 'echo', execution_count: 2 }] }],
    ['/v2/models/echo/versions/2/stats?unknown=1', schemas.modelStatistics, {}],
  ])('GET %s', async (path, schema, answer) => {
    expect(valid(await service.http.get(path), schema)).toMatchObject(answer);
  });

  it.each([
    ['get', '/v2/models/unknown', 404, 'there is no model unknown 2'],
    ['get', '/v2/models/echo/versions/3', 404, 'there is no model echo 3'],
    ['get', '/v2/models/unknown/ready', 404, 'there is no model unknown 2'],
    ['get', '/v2/models/unknown/stats', 404, 'there is no model unknown 2'],
    ['get', '/v2/models/unknown/config', 404, 'there is no model unknown 2'],
    ['get', '/v2/nothing', 404, 'there is no route GET /v2/nothing'],
    ['delete', '/v2/models/echo', 405, 'DELETE is not allowed here'],
    ['get', '/v2/models/%zz', 400, 'not a valid url'],
  ] as const)('%s %s is %i', async (method, path, status, message) => {
    const { error } = valid(await service.http[method](path), schemas.error, status) as { error: string };
    expect(error).toContain(message);
  });
});

describe('inference', () => {
  it('takes flat and nested data, gives the wanted outputs in their order, and the id', async () => {
    const y = {
      ...X,
      name: 'y',
      data: [
        [1, 2.5],
        [-3, 0],
      ],
    };
    const answer = await infer({ id: 'mine', inputs: [X, y], outputs: [{ name: 'y' }], more: 1 });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(valid(answer, schemas.inferResponse)).toEqual({
      model_name: 'echo',
      model_version: '2',
      id: 'mine',
      outputs: [{ ...X, name: 'y' }],
    });
  });

  it('serves a version, and leaves out an id that was not sent', async () => {
    const answer = await service.http.post('/v2/models/echo/versions/2/infer?a=b').send({ inputs: [X], outputs: [] });
    expect(valid(answer, schemas.inferResponse)).toEqual({ model_name: 'echo', model_version: '2', outputs: [X] });
  });

  it('takes and gives binary data beside JSON', async () => {
    const bytes = Buffer.from(Float32Array.from(X.data).buffer);
    const x = { ...X, data: undefined, parameters: { binary_data_size: 16 } };
    const b = { name: 'b', datatype: 'BOOL', shape: [2], parameters: { binary_data_size: 2 } };
    const header = {
      inputs: [x, { ...X, name: 'y' }, b],
      parameters: { binary_data_output: true },
      outputs: [{ name: 'x' }, { name: 'y' }, { name: 'b', parameters: { binary_data: false } }],
    };
    const answer = await binary(header, bytes, Buffer.from([1, 0]))
      .buffer(true)
      .parse(readBytes);
    const body = answer.body as Buffer;
    const length = Number(answer.headers[JSON_LENGTH]);
    const json = { status: answer.status, body: JSON.parse(body.subarray(0, length).toString()) as unknown };
    expect(valid(json, schemas.inferResponse)).toMatchObject({
      outputs: [
        { name: 'x', shape: [2, 2], parameters: { binary_data_size: 16 } },
        { name: 'y', parameters: { binary_data_size: 16 } },
        { name: 'b', data: [true, false] },
      ],
    });
    expect(body.subarray(length)).toEqual(Buffer.concat([bytes, bytes]));
  });

  it('classifies', async () => {
    const outputs = [{ name: 'x', parameters: { classification: 3 } }];
    expect(valid(await infer({ inputs: [X], outputs }), schemas.inferResponse)).toMatchObject({
      outputs: [{ datatype: 'BYTES', shape: [2, 2], data: ['2.5:1', '1:0', '0:1', '-3:0'] }],
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('unpacks %s', async (encoding, pack) => {
    valid(await packed(encoding, pack(JSON.stringify({ inputs: [X] }))), schemas.inferResponse);
  });
});

describe('what is refused', () => {
  const y = { ...X, name: 'y' };
  it.each<[string, unknown, RegExp]>([
    ['no inputs', {}, /^inputs is required$/],
    [
      'a wrong member',
      { inputs: [{ ...X, shape: 'a' }], id: 7 },
      /^id must be of type string; inputs\[0\].shape must be of type array$/,
    ],
    ['an unknown datatype', { inputs: [{ ...X, datatype: 'BF16' }] }, /^inputs\[0\].datatype must be one of BOOL, /],
    ['a negative size', { inputs: [{ ...X, shape: [-1] }] }, /^inputs\[0\].shape\[0\] must be >= 0$/],
    ['a name twice', { inputs: [X, X] }, /^input x is given more than once$/],
    ['an output twice', { inputs: [X], outputs: [{ name: 'x' }, { name: 'x' }] }, /^output x is given more than once$/],
    ['too few elements', { inputs: [{ ...X, data: [1] }] }, /^input x has 1 elements; its shape makes 4$/],
    [
      'a wrong nesting',
      { inputs: [{ ...X, data: [[1], [2, 3, 4]] }] },
      /^input x has lists that are not nested as the shape \[2, 2\] says$/,
    ],
    [
      'an element of another type',
      {
        inputs: [
          { ...X, data: [1, 2, '3', 4] },
          { ...y, datatype: 'INT8' },
        ],
      },
      /^input x has an element 2 that is not a finite number; input y has an element 1 that is not an integer from -128 to 127$/,
    ],
    [
      'too many elements',
      { inputs: [{ ...X, shape: [101] }] },
      /^the inputs have 101 elements; a request may have at most 100$/,
    ],
    ['an overflowing shape', { inputs: [{ ...X, shape: Array<number>(16).fill(2 ** 31 - 1) }] }, /at most 100$/],
    ['no data', { inputs: [{ ...X, data: undefined }] }, /^input x needs data, or binary data/],
    [
      'binary data that are not there',
      { inputs: [{ ...X, data: undefined, parameters: { binary_data_size: 16 } }] },
      /^the inputs say 16 bytes of binary data; after the JSON there are 0$/,
    ],
    [
      'deep nesting',
      { inputs: [{ ...X, data: JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`) as unknown }] },
      /nests deeper than 24 levels$/,
    ],
  ])('%s', async (_, body, message) => {
    const { error } = valid(await infer(body as object), schemas.error, 400) as { error: string };
    expect(error).toMatch(message);
  });

  it('names ten problems and counts the rest', async () => {
    const { error } = valid(await infer({ inputs: Array<number>(12).fill(0) }), schemas.error, 400) as {
      error: string;
    };
    expect(error.split('; ')).toHaveLength(11);
    expect(error).toMatch(/; 2 more$/);
  });

  it.each([
    ['not JSON', '{"inputs": '],
    ['nothing', ''],
  ])('%s', async (_, body) => {
    expect(valid(await post().set('content-type', 'application/json').send(body), schemas.error, 400)).toEqual({
      error: 'the body is not valid JSON',
    });
  });

  it('binary data of a wrong length', async () => {
    const x = { ...X, data: undefined, parameters: { binary_data_size: 15 } };
    expect(jsonOf(await binary({ inputs: [x] }, Buffer.alloc(15)))).toEqual({
      error: 'input x has 15 bytes of data; its shape and datatype make 16',
    });
    expect(jsonOf(await binary({ inputs: [x] }, Buffer.alloc(17)))).toEqual({
      error: 'the inputs say 15 bytes of binary data; after the JSON there are 17',
    });
    for (const length of ['-1', '9999', 'a', '1.5']) {
      const answer = await post()
        .set(JSON_LENGTH, length)
        .send({ inputs: [X] });
      expect(valid(answer, schemas.error, 400)).toMatchObject({
        error: expect.stringContaining(JSON_LENGTH) as string,
      });
    }
  });

  it('an output that JSON cannot carry, unless it is wanted as binary data', async () => {
    const bytes = Buffer.from(Float32Array.from([NaN, 1, 2, 3]).buffer);
    const x = { ...X, data: undefined, parameters: { binary_data_size: 16 } };
    expect(jsonOf(await binary({ inputs: [x] }, bytes).expect(400))).toEqual({
      error: 'output x holds NaN or infinity, which JSON cannot carry: ask for it with binary_data',
    });
    await binary({ inputs: [x], parameters: { binary_data_output: true } }, bytes).expect(200);
  });

  it('a body over the limit, packed or not', async () => {
    const body = JSON.stringify({ inputs: [X], id: ' '.repeat(9000) });
    valid(await post().set('content-type', 'application/json').send(body), schemas.error, 413);
    const bomb = gzipSync(' '.repeat(10_000_000));
    valid(await packed('gzip', bomb.subarray(0, 8000)), schemas.error, 413);
  });

  it('a body packed in a way that is unknown, or wrong', async () => {
    valid(await packed('br', Buffer.from('a')), schemas.error, 415);
    const answer = await packed('gzip', Buffer.from('not gzip'));
    expect(valid(answer, schemas.error, 400)).toEqual({ error: 'the body is not gzip' });
  });
});

describe('errors of a model', () => {
  it.each([
    ['invalid', 400],
    ['unknown', 404],
    ['not-ready', 503],
    ['overloaded', 503],
    ['deadline', 504],
  ])('%s is %i', async (model, status) => {
    const answer = await infer({ inputs: [X] }, model);
    valid(answer, schemas.error, status);
    expect(answer.headers['retry-after']).toBe({ overloaded: '3', 'not-ready': '1' }[model]);
  });

  it('of its own are 500, and logged', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const answers = [await infer({ inputs: [X] }, 'failed'), await infer({ inputs: [X] }, 'broken')];
    const log = write.mock.calls.map(([line]) => String(line)).join('');
    write.mockRestore();
    for (const answer of answers) valid(answer, schemas.error, 500);
    expect(jsonOf(answers[1]!)).not.toMatchObject({ error: expect.stringContaining('secret') as string });
    expect(log).toContain('a secret of the inside');
  });
});

describe('the client', () => {
  it('says how long it waits, by header or parameter', async () => {
    const before = performance.now();
    const timeout = { parameters: { timeout: 5_000_000 } };
    await infer({ inputs: [X] });
    await infer({ inputs: [X] }).set('x-request-timeout', '60');
    await infer({ inputs: [X], ...timeout }).set('x-request-timeout', '60');
    const elapsed = performance.now() - before;
    const [none, header, sooner] = service.models.seen.slice(-3).map(({ deadline = NaN }) => deadline - before);
    expect(none).toBe(Infinity);
    expect(header).toBeGreaterThanOrEqual(60_000);
    expect(header).toBeLessThan(60_000 + elapsed);
    expect(sooner).toBeLessThan(5_000 + elapsed);
    valid(await infer({ inputs: [X] }).set('x-request-timeout', 'soon'), schemas.error, 400);
  });

  it('is heard when it goes', PATIENCE, async () => {
    const { port } = service.app.getHttpServer().address() as { port: number };
    const body = JSON.stringify({ inputs: [X] });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /v2/models/patient/infer HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
    );
    await vi.waitFor(() => {
      expect(service.models.seen.at(-1)?.model).toBe('patient');
    }, PATIENCE);
    expect(service.models.seen.at(-1)?.signal?.aborted).toBe(false);
    socket.destroy();
    await vi.waitFor(() => {
      expect(service.models.seen.at(-1)?.signal?.aborted).toBe(true);
    }, PATIENCE);
  });
});
