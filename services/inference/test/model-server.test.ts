import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Readiness } from '../dist/health/readiness.js';
import type { InferRequest } from '../dist/serving/model-server.js';
import type { NamedTensor } from '../dist/serving/tensor.js';
import { floats, integers, serve, type Serving, texts } from './models.js';

/* What every protocol builds on, with real models in real workers. */

let serving: Serving;
beforeAll(async () => {
  serving = await serve();
});
afterAll(() => serving.stop());

const infer = (request: InferRequest) => serving.runtime.infer(request);
const output = async (request: InferRequest): Promise<NamedTensor | undefined> => (await infer(request)).outputs[0];
const errorOf = (request: InferRequest) =>
  infer(request).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a model without code', () => {
  it('is served by what its graph says', () => {
    expect(serving.runtime.metadata('affine')).toEqual({
      name: 'affine',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [-1, 3] },
        { name: 'shift', datatype: 'FP32', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [-1, 3] },
        { name: 'positive', datatype: 'BOOL', shape: [-1, 3] },
      ],
    });
    expect(serving.runtime.isReady('affine')).toBe(true);
    expect(serving.runtime.isReady('affine', '2')).toBe(false);
  });

  it('gives its outputs, or those asked for in the order asked', async () => {
    const inputs = [floats('x', [2, 3], 1, 2, 3, -1, -2, -3), floats('shift', [2, 1], 10, 0)];
    const y = { ...floats('y', [2, 3], 12, 14, 16, -2, -4, -6) };
    const positive = { name: 'positive', datatype: 'BOOL', shape: [2, 3], data: Uint8Array.of(1, 1, 1, 0, 0, 0) };
    expect((await infer({ model: 'affine', inputs })).outputs).toEqual([y, positive]);
    const outputs = ['positive', 'y'];
    expect((await infer({ model: 'affine', inputs, outputs })).outputs).toEqual([positive, y]);
    // Inputs by name, whatever their order.
    expect((await infer({ model: 'affine', inputs: inputs.toReversed(), outputs: ['y'] })).outputs).toEqual([y]);
  });

  it('may have half precision, booleans and strings', async () => {
    const { outputs } = await infer({
      model: 'types',
      inputs: [
        { name: 'half', datatype: 'FP16', shape: [2, 2], data: Uint16Array.of(0x3c00, 0x4000, 0, 0xbc00) },
        { name: 'flag', datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
        texts('text', 'naïve', '東京 😀'),
      ],
    });
    expect(outputs).toEqual([
      { name: 'double', datatype: 'FP16', shape: [2, 2], data: Uint16Array.of(0x4000, 0x4400, 0, 0xc000) },
      { name: 'not', datatype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) },
      texts('same', 'naïve', '東京 😀'),
    ]);
  });

  it('may keep its weights in a file of their own', async () => {
    expect(await output({ model: 'outside', inputs: [floats('x', [1, 2], 1, 10)] })).toEqual(
      floats('y', [1, 4], 40, 51, 62, 73),
    );
  });

  it('may have no batch', async () => {
    const sums = [3, 7].map((n) => output({ model: 'total', inputs: [floats('x', [n], ...Array<number>(n).fill(1))] }));
    expect(await Promise.all(sums)).toEqual([floats('y', [], 3), floats('y', [], 7)]);
  });

  it('gives right results although its manifest is mistaken about the batch', async () => {
    const sums = [1, 2, 3, 4, 5].map((x) => output({ model: 'mistaken', inputs: [floats('x', [1], x)] }));
    expect(await Promise.all(sums)).toEqual([1, 2, 3, 4, 5].map((x) => floats('y', [], x)));
  });
});

describe('a request that does not fit', () => {
  const x = floats('x', [1, 3], 1, 2, 3);
  const shift = floats('shift', [1, 1], 0);
  it.each<[string, NamedTensor[], string[] | undefined, string]>([
    ['a missing input', [x], undefined, 'input shift is missing'],
    ['an unknown input', [x, shift, floats('z', [1], 1)], undefined, 'input z is not known; the model takes x, shift'],
    ['an input twice', [x, shift, x], undefined, 'input x is given twice'],
    ['another datatype', [integers('x', [1, 3], 1, 2, 3), shift], undefined, 'input x must be FP32, not INT64'],
    [
      'another size',
      [floats('x', [1, 2], 1, 2), shift],
      undefined,
      'input x must have the shape [batch, 3], not [1, 2]',
    ],
    ['another rank', [floats('x', [3], 1, 2, 3), shift], undefined, 'input x must have the shape [batch, 3], not [3]'],
    [
      'too few elements',
      [floats('x', [2, 3], 1), shift],
      undefined,
      'input x has 1 elements, and its shape [2, 3] makes 6',
    ],
    [
      'no elements',
      [floats('x', [0, 3]), floats('shift', [0, 1])],
      undefined,
      'input x has no elements; input shift has no elements',
    ],
    [
      'two batch sizes',
      [floats('x', [2, 3], 1, 2, 3, 4, 5, 6), shift],
      undefined,
      'input shift must have the shape [2, 1], not [1, 1]',
    ],
    ['an unknown output', [x, shift], ['w'], 'output w is not known; the model gives y, positive'],
    ['an output twice', [x, shift], ['y', 'y'], 'output y is asked for twice'],
    [
      'several problems',
      [],
      ['w'],
      'input x is missing; input shift is missing; output w is not known; the model gives y, positive',
    ],
  ])('%s', async (_, inputs, outputs, message) => {
    expect(await errorOf({ model: 'affine', inputs, outputs })).toMatchObject({ code: 'invalid', message });
  });

  it('a NUL in a string, at which ONNX Runtime would cut it', async () => {
    const error = await errorOf({
      model: 'types',
      inputs: [
        { name: 'half', datatype: 'FP16', shape: [1, 2], data: new Uint16Array(2) },
        { name: 'flag', datatype: 'BOOL', shape: [1], data: new Uint8Array(1) },
        texts('text', 'a\0b'),
      ],
    });
    expect(error).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/input text\[0\] holds a NUL character/) as string,
    });
  });

  it('an unknown model or version', async () => {
    expect(await errorOf({ model: 'nothing', inputs: [] })).toMatchObject({
      code: 'not-found',
      message: 'there is no model nothing',
    });
    expect(await errorOf({ model: 'affine', version: '7', inputs: [] })).toMatchObject({
      code: 'not-found',
      message: 'there is no version 7 of model affine',
    });
  });
});

describe('requests at the same time', () => {
  it('fail alone, and with the words of the model', async () => {
    const results = await Promise.all(
      [0, 99, 3, -99, 1].map((index) =>
        infer({ model: 'lookup', inputs: [integers('index', [1], index)] }).then(
          ({ outputs }) => outputs[0]?.data[0],
          (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
        ),
      ),
    );
    const refused = expect.stringMatching(
      /^invalid: the model cannot run this input: .*idx=-?99 must be within/s,
    ) as string;
    expect(results).toEqual([10, refused, 40, refused, 20]);
  });

  const row = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 4, maxLength: 4 });
  const affine = fc
    .tuple(
      fc.array(row, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(undefined, ['y'], ['positive'], ['positive', 'y']),
    )
    .map(([rows, outputs]): InferRequest => ({
      model: 'affine',
      inputs: [
        floats('x', [rows.length, 3], ...rows.flatMap((values) => values.slice(0, 3))),
        floats('shift', [rows.length, 1], ...rows.flatMap((values) => values.slice(3))),
      ],
      outputs,
    }));
  const ragged = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1000, max: 1000 }))
    .map(([rows, length, first]): InferRequest => {
      const data = Array.from({ length: rows * length }, (_, i) => first + i);
      return { model: 'ragged', inputs: [integers('x', [rows, length], ...data)] };
    });
  const lookup = fc
    .array(fc.integer({ min: -6, max: 5 }), { minLength: 1, maxLength: 12 })
    .map((indexes): InferRequest => ({ model: 'lookup', inputs: [integers('index', [indexes.length], ...indexes)] }));

  it('give bit for bit what they give one after the other', { timeout: 120_000 }, async () => {
    const answer = (request: InferRequest) =>
      infer(request).then(
        ({ outputs }) => outputs,
        (error: unknown) => (error as { code: string }).code,
      );
    const requests = fc.array(fc.oneof(affine, ragged, lookup), { minLength: 2, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(requests, async (all) => {
        const together = await Promise.all(all.map(answer));
        const alone = [];
        for (const request of all) alone.push(await answer(request));
        expect(together).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });
});

it('refuses what is too much, and stays ready', async () => {
  const crowded = await serve({ queue: { maxItems: 4 }, workers: 1 });
  const inputs = [integers('x', [2, 1], 1, 2)];
  const codes = await Promise.all(
    Array.from({ length: 50 }, () =>
      crowded.runtime.infer({ model: 'ragged', inputs }).then(
        () => 'ok',
        (error: unknown) => (error as { code: string; retryAfter: number }).code,
      ),
    ),
  );
  // Two run together, two wait.
  expect(codes.filter((code) => code === 'ok')).toHaveLength(4);
  expect(codes.filter((code) => code === 'overloaded')).toHaveLength(46);
  expect(crowded.app.get(Readiness).obstacle).toBeUndefined();
  await crowded.stop();
});

it('counts requests, rows and batches', async () => {
  const before = serving.runtime.statistics('ragged')[0]!;
  const { inferenceCount, executionCount, success } = structuredClone(before);
  await Promise.all([1, 2, 3, 4, 5, 6].map((x) => infer({ model: 'ragged', inputs: [integers('x', [2, 1], x, x)] })));
  const after = serving.runtime.statistics('ragged', '1')[0]!;
  expect(after.inferenceCount - inferenceCount).toBe(12);
  expect(after.success.count - success.count).toBe(6);
  // Two workers were free.
  expect(after.executionCount - executionCount).toBe(2);
  expect(after.success.ns).toBeGreaterThan(after.computeInfer.ns);
  expect(after.lastInference).toBeGreaterThan(Date.now() - 60_000);
});
