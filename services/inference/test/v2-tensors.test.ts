import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../dist/v2/float16.js';
import { fromBytes, toBytes } from '../dist/v2/tensor-bytes.js';
import { fromJson, toJson } from '../dist/v2/tensor-json.js';
import type { Datatype, NamedTensor } from '../dist/serving/tensor.js';
import { classify } from '../dist/v2/classification.js';

/** Any elements of each datatype, as they are in JSON. */
const ELEMENTS: Record<Datatype, fc.Arbitrary<unknown>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 2 ** 8 - 1 }),
  UINT16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  UINT64: fc.maxSafeNat(),
  INT8: fc.integer({ min: -(2 ** 7), max: 2 ** 7 - 1 }),
  INT16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  INT32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  INT64: fc.maxSafeInteger(),
  FP16: fc.integer({ min: 0, max: 0xffff }).map(fromHalf).filter(Number.isFinite).map(withoutMinus),
  FP32: fc.float({ noNaN: true, noDefaultInfinity: true }).map(withoutMinus),
  FP64: fc.double({ noNaN: true, noDefaultInfinity: true }).map(withoutMinus),
  BYTES: fc.string({ unit: 'binary' }),
};

/** JSON text has no minus zero. */
function withoutMinus(value: number): number {
  return value === 0 ? 0 : value;
}

const datatypes = Object.keys(ELEMENTS) as Datatype[];

it.each(datatypes)('%s comes back from JSON and from bytes as it was', (datatype) => {
  fc.assert(
    fc.property(fc.array(ELEMENTS[datatype], { maxLength: 20 }), (elements) => {
      const tensor = { name: 'x', datatype, data: fromJson(datatype, [elements.length], elements.length, elements) };
      expect(JSON.parse(toJson(tensor))).toEqual(elements);
      const bytes = toBytes(tensor);
      // At an odd place in other memory, as a section of a body is.
      const section = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
      expect(fromBytes(datatype, elements.length, section)).toEqual(tensor.data);
    }),
  );
});

it('nested lists are read as the shape says', () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, (shape) => {
      let next = 0;
      const nest = ([size = 0, ...rest]: number[]): unknown[] =>
        Array.from({ length: size }, () => (rest.length === 0 ? next++ : nest(rest)));
      const data = nest(shape);
      expect(fromJson('INT32', shape, next, data)).toEqual(Int32Array.from({ length: next }, (_, i) => i));
    }),
  );
});

it('an array of numbers has memory of its own', () => {
  const body = Buffer.from('abcdefgh');
  const numbers = fromBytes('INT16', 2, body.subarray(2, 6)) as Int16Array;
  expect(numbers.buffer.byteLength).toBe(4);
});

describe('what does not fit is refused', () => {
  it.each<[Datatype, unknown]>([
    ['BOOL', 2],
    ['BOOL', 'true'],
    ['UINT8', -1],
    ['UINT8', 256],
    ['INT32', 1.5],
    ['INT32', 2 ** 31],
    ['INT64', 2 ** 53],
    ['UINT64', -1],
    ['INT64', '1'],
    ['FP16', 65520],
    ['FP32', 1e39],
    ['FP64', Infinity],
    ['FP64', null],
    ['BYTES', 7],
    ['BYTES', null],
  ])('%s %j', (datatype, element) => {
    expect(() => fromJson(datatype, [1], 1, [element])).toThrow(/^has an element 0 that is not /);
  });

  it.each<[string, number, string]>([
    ['ends within a length', 1, '\u0001\0\0'],
    ['ends within an element', 1, '\u0003\0\0\0ab'],
    ['claims more than there is', 2, '\0\0\0\0ÿÿÿÿ'],
    ['has too few elements', 2, '\0\0\0\0'],
    ['has too many elements', 1, '\0\0\0\0\0\0\0\0'],
  ])('BYTES that %s', (_, count, text) => {
    expect(() => fromBytes('BYTES', count, Buffer.from(text, 'latin1'))).toThrow(/^has (more )?data/);
  });

  it('BOOL of other bytes than 0 and 1, and numbers of a wrong length', () => {
    expect(() => fromBytes('BOOL', 1, Buffer.from([2]))).toThrow('neither 0 nor 1');
    expect(() => fromBytes('INT32', 2, Buffer.alloc(7))).toThrow('has 7 bytes of data; its shape and datatype make 8');
  });

  it('BYTES that are no text', () => {
    const data = Buffer.from('\u0001\0\0\0a\u0001\0\0\0\xff', 'latin1');
    expect(() => fromBytes('BYTES', 2, data)).toThrow(/^has an element 1 that is not UTF-8/);
  });

  it('infinity has no JSON', () => {
    expect(() => toJson({ name: 'y', datatype: 'FP16', data: Uint16Array.of(0x7c00) })).toThrow(/^output y holds NaN/);
  });

  it('integers of 64 bits keep their digits', () => {
    const data = BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n);
    expect(toJson({ name: 'y', datatype: 'INT64', data })).toBe('[-9223372036854775808,9007199254740993]');
  });
});

describe('classification', () => {
  const classify2 = (datatype: Datatype, data: NamedTensor['data'], labels?: string[]) => {
    const { data: classes, ...tensor } = classify({ name: 'y', datatype, shape: [2, 3], data }, 2, labels);
    return [tensor, classes];
  };
  const TENSOR = { name: 'y', datatype: 'BYTES', shape: [2, 2] };

  it('gives the largest of each row, with their labels', () => {
    const classes = classify2('INT64', BigInt64Array.of(1n, 3n, 2n, -1n, -3n, -2n), ['a', 'b', 'c']);
    expect(classes).toEqual([TENSOR, ['3:1:b', '2:2:c', '-1:0:a', '-2:2:c']]);
  });

  it('reads the numbers of FP16', () => {
    const data = Uint16Array.from([-1, 0.5, 0, 2, 1, -2], toHalf);
    expect(classify2('FP16', data)).toEqual([TENSOR, ['0.5:1', '0:2', '2:0', '1:1']]);
  });

  it('of no classes is empty, and of text is refused', () => {
    const empty = { name: 'y', datatype: 'FP32', shape: [2, 0], data: new Float32Array() } as const;
    expect(classify({ ...empty, shape: [2, 0] }, 2)).toMatchObject({ shape: [2, 0], data: [] });
    expect(() => classify2('BYTES', [])).toThrow('output y is of text');
  });
});

describe('FP16', () => {
  it('is exact for every one of its numbers', () => {
    for (let bits = 0; bits <= 0xffff; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  it.each([
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -30, 1 + 2 ** -10],
    [65519.99, 65504],
    [65520, Infinity],
    [2 ** -25, 0],
    [2 ** -25 + 2 ** -40, 2 ** -24],
    [2 ** -14 - 2 ** -25, 2 ** -14],
    [-0.1, -0.0999755859375],
    [NaN, NaN],
  ])('rounds %d to the nearest, ties to even', (value, nearest) => {
    expect(fromHalf(toHalf(value))).toBe(nearest);
  });
});
