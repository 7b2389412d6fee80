import { status as Status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { statusProto } from '../dist/grpc/protos.js';
import { Readiness } from '../dist/health/readiness.js';
import { startFake } from './fake-models.js';
import { GrpcClient, inferRequest } from './grpc-support.js';

const PATIENCE = { timeout: 60_000 };

let service: Awaited<ReturnType<typeof startFake>>;
let grpc: GrpcServer;
let client: GrpcClient;
beforeAll(async () => {
  service = await startFake({ models: { repositoryApi: true }, limits: { inferBytes: 4096, tensorElements: 200 } });
  grpc = service.app.get(GrpcServer);
  client = new GrpcClient(await grpc.listen('127.0.0.1:0'));
});
afterAll(async () => {
  client.close();
  grpc.end();
  await service.stop();
});

const infer = (request: object, options = {}) => client.call('inference.ModelInfer', request, options);

describe('inference', () => {
  it('answers in the fields that the request used, with its id, version and wanted outputs', async () => {
    const request = inferRequest('echo', { id: 'mine', model_version: '1' });
    const both = { ...request, inputs: [...request.inputs, { ...request.inputs[0], name: 'y' }] };
    const { response } = await infer({ ...both, outputs: [{ name: 'y' }] });
    expect(response).toMatchObject({
      model_name: 'echo',
      model_version: '1',
      id: 'mine',
      outputs: [{ name: 'y', datatype: 'FP32', shape: ['1', '2'], contents: { fp32_contents: [1, 2.5] } }],
      raw_output_contents: [],
    });
  });

  it.each<[string, string, unknown[]]>([
    ['BOOL', 'bool_contents', [true, false]],
    ['UINT8', 'uint_contents', [0, 255]],
    ['UINT16', 'uint_contents', [0, 65535]],
    ['UINT32', 'uint_contents', [0, 2 ** 32 - 1]],
    ['UINT64', 'uint64_contents', ['0', '18446744073709551615']],
    ['INT8', 'int_contents', [-128, 127]],
    ['INT16', 'int_contents', [-32768, 32767]],
    ['INT32', 'int_contents', [-(2 ** 31), 2 ** 31 - 1]],
    ['INT64', 'int64_contents', ['-9223372036854775808', '9223372036854775807']],
    ['FP32', 'fp32_contents', [-0.5, NaN]],
    ['FP64', 'fp64_contents', [0.1, -Infinity]],
    ['BYTES', 'bytes_contents', [Buffer.from(''), Buffer.from('\ufeff\0é😀')]],
  ])('carries %s in %s', async (datatype, field, values) => {
    const inputs = [{ name: 'x', datatype, shape: [2], contents: { [field]: values } }];
    const { response } = await infer({ model_name: 'echo', inputs });
    expect(response).toMatchObject({ outputs: [{ contents: { [field]: values } }] });
  });

  it('answers raw contents with raw contents', async () => {
    const inputs = [{ name: 'x', datatype: 'FP16', shape: [2] }];
    const { response } = await infer({ model_name: 'echo', inputs, raw_input_contents: [Buffer.from('abcd')] });
    expect(response).toMatchObject({ outputs: [{ contents: null }], raw_output_contents: [Buffer.from('abcd')] });
  });

  it.each<[string, object, RegExp]>([
    ['too few elements', { shape: [3] }, /^input x has 2 elements in fp32_contents; its shape makes 3$/],
    ['an unknown datatype', { datatype: 'FP8' }, /^input x has the datatype FP8; use one of BOOL/],
    [
      'a number too large for its datatype',
      { datatype: 'INT8', contents: { int_contents: [1, 128] } },
      /element 1 .* INT8/,
    ],
    [
      'bytes that are no text',
      { datatype: 'BYTES', contents: { bytes_contents: [Buffer.from('a'), Buffer.from([0xff])] } },
      /^input x has an element 1 that is not UTF-8/,
    ],
    ['FP16 outside of raw contents', { datatype: 'FP16' }, /raw_input_contents/],
    [
      'too many elements',
      { shape: [1, 201] },
      /^the inputs have 201 elements, a text counted as 64; a request may have at most 200$/,
    ],
    ['a negative size', { shape: [-1, 2] }, /^input x has the size -1/],
  ])('refuses %s', async (_, change, message) => {
    const request = inferRequest('echo');
    const { error } = await infer({ ...request, inputs: [{ ...request.inputs[0], ...change }] });
    expect(error?.code).toBe(Status.INVALID_ARGUMENT);
    expect(error?.details).toMatch(message);
  });

  it('names the problems of all inputs', async () => {
    const inputs = ['a', 'b'].map((name) => ({ name, datatype: 'INT8', shape: [1] }));
    const { error } = await infer({ model_name: 'echo', inputs });
    expect(error?.details).toMatch(/^input a has .*; input b has /);
    const raw = await infer({ model_name: 'echo', inputs, raw_input_contents: [Buffer.from('a')] });
    expect(raw.error?.details).toMatch(/must be of all inputs: it has 1, inputs 2/);
  });

  it.each(['m', 'é', '😀'])('cuts the text of an error short, which repeats a long name of %s', async (character) => {
    const { error } = await infer({ model_name: `x${character.repeat(900)}` });
    expect(error?.code).toBe(Status.NOT_FOUND);
    expect(error?.details).toMatch(/^there is no model x(m+|é+|(😀)+)…$/u);
  });

  it('refuses a message over the limit', async () => {
    const inputs = [{ name: 'x', datatype: 'BYTES', shape: [1], contents: { bytes_contents: [Buffer.alloc(5000)] } }];
    expect((await infer({ model_name: 'echo', inputs })).error?.code).toBe(Status.RESOURCE_EXHAUSTED);
  });
});

describe('errors', () => {
  it.each([
    ['invalid', Status.INVALID_ARGUMENT, 'it is invalid'],
    ['unknown', Status.NOT_FOUND, 'there is no model unknown'],
    ['deadline', Status.DEADLINE_EXCEEDED, 'it is deadline'],
    ['failed', Status.INTERNAL, 'it is failed'],
    ['broken', Status.INTERNAL, 'the request failed inside the service; its log has the cause'],
  ])('%s', async (model, code, details) => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { error } = await infer(inferRequest(model));
    write.mockRestore();
    expect([error?.code, error?.details]).toEqual([code, details]);
    expect(error?.metadata.get('grpc-retry-pushback-ms')).toEqual([]);
  });

  it.each([
    ['overloaded', Status.RESOURCE_EXHAUSTED, '2500', { seconds: '2', nanos: 500_000_000 }],
    ['not-ready', Status.UNAVAILABLE, '1000', { seconds: '1', nanos: 0 }],
  ])('%s says when to try again', async (model, code, pushback, retry_delay) => {
    const { error } = await infer(inferRequest(model));
    expect(error?.code).toBe(code);
    expect(error?.metadata.get('grpc-retry-pushback-ms')).toEqual([pushback]);
    const [bytes] = error?.metadata.get('grpc-status-details-bin') as Buffer[];
    const details = statusProto.message('Status').deserialize(bytes!) as { code: number; details: { value: Buffer }[] };
    expect(details).toMatchObject({ code, details: [{ type_url: 'type.googleapis.com/google.rpc.RetryInfo' }] });
    expect(statusProto.message('RetryInfo').deserialize(details.details[0]!.value)).toMatchObject({ retry_delay });
  });
});

describe('the client', () => {
  it('hands its deadline on, or the sooner one of the request', async () => {
    const before = performance.now();
    await infer(inferRequest('echo'), { deadline: Date.now() + 60_000 });
    await infer(inferRequest('echo', { parameters: { timeout: { int64_param: 5_000_000 } } }), {
      deadline: Date.now() + 60_000,
    });
    await infer(inferRequest('echo'));
    const [of, sooner, without] = service.models.seen.slice(-3).map(({ deadline = NaN }) => deadline - before);
    expect(of).toBeGreaterThan(30_000);
    expect(of).toBeLessThan(61_000 + performance.now() - before);
    expect(sooner).toBeLessThan(5_000 + performance.now() - before);
    expect(without).toBe(Infinity);
  });

  it('is heard when it goes, or runs out of time', PATIENCE, async () => {
    const { error } = await infer(inferRequest('patient'), { deadline: Date.now() + 200 });
    expect(error?.code).toBe(Status.DEADLINE_EXCEEDED);
    const count = service.models.seen.length;
    const gone = new Promise<number | undefined>((resolve) => {
      const call = client.begin('inference.ModelInfer', inferRequest('patient'), {}, {}, (failure) => {
        resolve(failure?.code);
      });
      void vi
        .waitFor(() => {
          expect(service.models.seen.length).toBe(count + 1);
        }, PATIENCE)
        .then(() => {
          call.cancel();
        });
    });
    expect(await gone).toBe(Status.CANCELLED);
    await vi.waitFor(() => {
      expect(service.models.seen.slice(-2).map(({ signal }) => signal?.aborted)).toEqual([true, true]);
    }, PATIENCE);
  });
});

describe('a stream', () => {
  it('answers in order, errors too, and ends with its client', PATIENCE, async () => {
    const stream = client.stream();
    const answers: unknown[] = [];
    stream.on('data', (answer: unknown) => answers.push(answer));
    for (const model of ['echo', 'unknown', 'echo']) stream.write(inferRequest(model, { id: `of ${model}` }));
    stream.end();
    await once(stream, 'end');
    expect(answers).toMatchObject([
      { error_message: '', infer_response: { id: 'of echo' } },
      { error_message: 'there is no model unknown', infer_response: { id: 'of unknown', model_name: 'unknown' } },
      { error_message: '', infer_response: { id: 'of echo' } },
    ]);
  });
});

describe('what there is', () => {
  it.each<[string, object, object]>([
    ['ServerLive', {}, { live: true }],
    ['ServerReady', {}, { ready: true }],
    ['ServerMetadata', {}, { name: 'ml-inference', version: '1.0.0' }],
    ['ModelReady', { name: 'echo' }, { ready: true }],
    ['ModelReady', { name: 'unknown' }, { ready: false }],
    ['ModelMetadata', { name: 'echo', version: '2' }, { versions: ['2'], inputs: [{ name: 'x', shape: ['-1', '2'] }] }],
    ['ModelConfig', { name: 'echo' }, { config: { input: [{ data_type: 'TYPE_FP32', dims: ['-1', '2'] }] } }],
    [
      'ModelStatistics',
      {},
      { model_stats: [{ name: 'echo', inference_stats: { success: { count: '3', ns: '1235' } } }] },
    ],
    ['ModelStatistics', { name: 'echo' }, { model_stats: [{ execution_count: '2' }] }],
  ])('%s %j', async (method, request, answer) => {
    expect((await client.call(`inference.${method}`, request)).response).toMatchObject(answer);
  });

  it.each(['ModelMetadata', 'ModelConfig', 'ModelStatistics'])('%s of an unknown model', async (method) => {
    const { error } = await client.call(`inference.${method}`, { name: 'echo', version: '3' });
    expect([error?.code, error?.details]).toEqual([Status.NOT_FOUND, 'there is no model echo 3']);
  });

  it('counts calls beside the requests of HTTP', async () => {
    for (const model of ['unknown', 'overloaded']) await infer(inferRequest(model));
    const { text } = await service.http.get('/metrics').expect(200);
    const calls = 'inference_requests_total{endpoint="/inference.GRPCInferenceService/ModelInfer"';
    expect(text).toContain(`${calls},status="404"} `);
    // An overloaded service is an error of the service, whatever the code that gRPC has for it.
    expect(text).toContain(`${calls},status="503"} `);
  });
});

describe('health', () => {
  it('follows the readiness', PATIENCE, async () => {
    const watch = client.watch({ service: '' });
    const seen: unknown[] = [];
    watch.on('data', ({ status }: { status: string }) => seen.push(status));
    watch.on('error', () => undefined);
    await vi.waitFor(() => {
      expect(seen).toEqual(['SERVING']);
    }, PATIENCE);
    service.app.get(Readiness).watch(() => 'no worker is alive');
    expect((await client.call('health.Check', { service: '' })).response).toEqual({ status: 'NOT_SERVING' });
    expect((await client.call('inference.ServerReady', {})).response).toEqual({ ready: false });
    await vi.waitFor(() => {
      expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
    }, PATIENCE);
    service.app.get(Readiness).watch(() => undefined);
    watch.cancel();
  });

  it('of an unknown service is not found', async () => {
    expect((await client.call('health.Check', { service: 'other' })).error?.code).toBe(Status.NOT_FOUND);
  });
});
