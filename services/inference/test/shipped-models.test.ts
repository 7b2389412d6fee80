import { status as Status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { GrpcClient } from './grpc-support.js';
import { jsonOf, type Service, start } from './support.js';

/* What anybody may send to the models that come with the service: it is answered, or refused as the client's mistake. */

let service: Service;
let grpc: GrpcServer;
let client: GrpcClient;
beforeAll(async () => {
  service = await start();
  grpc = service.app.get(GrpcServer);
  client = new GrpcClient(await grpc.listen('127.0.0.1:0'));
});
afterAll(async () => {
  client.close();
  grpc.end();
  await service.stop();
});

const HOUSE = [-122.23, 37.88, 41, 880, 129, 322, 126, 8.3252];
const numeric = (shape = [1, 8], data: unknown[] = HOUSE) => ({ name: 'numeric', datatype: 'FP32', shape, data });
const ocean = (data: unknown[] = ['INLAND'], shape = [data.length, 1]) => ({
  name: 'ocean_proximity',
  datatype: 'BYTES',
  shape,
  data,
});
const x = (shape: number[], data: unknown[]) => ({ name: 'x', datatype: 'FP64', shape, data });
const text = (data: unknown[], shape = [data.length]) => ({ name: 'text', datatype: 'BYTES', shape, data });
const PROXIMITY = '<1H OCEAN, INLAND, ISLAND, NEAR BAY, NEAR OCEAN';

const infer = (model: string, inputs: object[], more: object = {}) =>
  service.http.post(`/v2/models/${model}/infer`).send({ inputs, ...more });

/** An element of each contents field, as gRPC takes them. */
const FIELDS: Record<string, string> = { FP32: 'fp32_contents', FP64: 'fp64_contents', BYTES: 'bytes_contents' };
const inferGrpc = (model: string, inputs: ReturnType<typeof x>[], more: object = {}) =>
  client.call('inference.ModelInfer', {
    model_name: model,
    inputs: inputs.map(({ data, datatype, ...input }) => {
      const values = data.map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
      return { ...input, datatype, contents: { [FIELDS[datatype]!]: values } };
    }),
    ...more,
  });

describe('over REST and gRPC alike', () => {
  it.each<[string, string, ReturnType<typeof x>[], string]>([
    [
      'an unknown category',
      'house-price',
      [numeric(), ocean(['MARS'])],
      `input ocean_proximity[0] must be one of ${PROXIMITY}`,
    ],
    [
      'an unknown category among others',
      'house-price',
      [numeric([2, 8], [...HOUSE, ...HOUSE]), ocean(['INLAND', ''])],
      `input ocean_proximity[1] must be one of ${PROXIMITY}`,
    ],
    [
      'batches of different lengths',
      'house-price',
      [numeric([2, 8], [...HOUSE, ...HOUSE]), ocean()],
      'input ocean_proximity must have the shape [2, 1], not [1, 1]',
    ],
    [
      'an empty batch',
      'house-price',
      [numeric([0, 8], []), ocean([])],
      'input numeric has no elements; input ocean_proximity has no elements',
    ],
    ['an empty batch of numbers', 'linear', [x([0], [])], 'input x has no elements'],
    ['a shape of other dimensions', 'linear', [x([1, 1], [1])], 'input x must have the shape [batch], not [1, 1]'],
    ['no shape', 'linear', [x([], [1])], 'input x must have the shape [batch], not []'],
    [
      'a shape that is too large',
      'linear',
      [x([2 ** 20, 2], [1])],
      'the inputs have 2097152 elements, a text counted as 64; a request may have at most 1000000',
    ],
    [
      'too many rows',
      'linear',
      [x([257], Array<number>(257).fill(1))],
      'the request has 257 rows; at most 256 are taken',
    ],
    ['too long a text', 'sentiment', [text(['x'.repeat(501)])], 'input text[0] must have at most 500 characters'],
    [
      'what the graph takes instead of text',
      'sentiment',
      [{ ...x([1], [1]), name: 'input_ids' }],
      'input input_ids is not known; the model takes text; input text is missing',
    ],
  ])('%s is refused', async (_, model, inputs, message) => {
    expect(jsonOf(await infer(model, inputs).expect(400))).toEqual({ error: message });
    const { error } = await inferGrpc(model, inputs);
    expect([error?.code, error?.details]).toEqual([Status.INVALID_ARGUMENT, message]);
  });
});

describe('elements in JSON', () => {
  it.each<[string, string, object[], string]>([
    ['text for a number', 'linear', [x([1], ['1'])], 'input x has an element 0 that is not a finite number'],
    ['null for a number', 'linear', [x([1], [null])], 'input x has an element 0 that is not a finite number'],
    [
      'a number out of range',
      'house-price',
      [numeric([1, 8], [1e39, ...HOUSE.slice(1)]), ocean()],
      'input numeric has an element 0 that is not in the range of FP32',
    ],
    ['a number for text', 'sentiment', [text([1])], 'input text has an element 0 that is not a string'],
  ])('%s is refused', async (_, model, inputs, error) => {
    expect(jsonOf(await infer(model, inputs).expect(400))).toEqual({ error });
  });

  it('that are no JSON number are refused', async () => {
    for (const value of ['NaN', 'Infinity', '1e999']) {
      const body = `{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"data":[${value}]}]}`;
      await service.http.post('/v2/models/linear/infer').type('json').send(body).expect(400);
    }
  });
});

describe('numbers that JSON does not have', () => {
  it('are not answered in JSON', async () => {
    const answer = await infer('linear', [x([1], [Number.MAX_VALUE])]).expect(400);
    expect(jsonOf(answer)).toEqual({
      error: 'output y holds NaN or infinity, which JSON cannot carry: ask for it with binary_data',
    });
  });

  it.each([NaN, Infinity, -Infinity])('%d goes over gRPC', async (value) => {
    const { response } = await inferGrpc('linear', [x([1], [value])]);
    expect(response).toMatchObject({ outputs: [{ contents: { fp64_contents: [value] } }] });
    const house = await inferGrpc('house-price', [numeric([1, 8], Array<number>(8).fill(value)), ocean()]);
    const [output] = house.response?.outputs as { contents: { fp32_contents: number[] } }[];
    expect(output?.contents.fp32_contents[0]).toBeGreaterThan(0);
  });
});

describe('over gRPC', () => {
  it.each<[string, { inputs?: ReturnType<typeof x>[]; outputs?: object[]; parameters?: object }, string]>([
    ['a size below 0', { inputs: [x([-1], [1])] }, 'input x has the size -1 in its shape: sizes are 0 or more'],
    [
      'no class',
      { outputs: [{ name: 'y', parameters: { classification: { int64_param: 0 } } }] },
      'output y must have a parameters.classification of 1 or more',
    ],
    ['a time below 0', { parameters: { timeout: { int64_param: -1 } } }, 'parameters.timeout must be 0 or more'],
  ])('%s is refused', async (_, { inputs = [x([1], [1])], ...more }, message) => {
    const { error } = await inferGrpc('linear', inputs, more);
    expect([error?.code, error?.details]).toEqual([Status.INVALID_ARGUMENT, message]);
  });
});

it('a time of 0 is none', async () => {
  await infer('linear', [x([1], [21])], { parameters: { timeout: 0 } }).expect(200);
  const { response } = await inferGrpc('linear', [x([1], [21])], { parameters: { timeout: { int64_param: 0 } } });
  expect(response).toMatchObject({ outputs: [{ contents: { fp64_contents: [48] } }] });
});
