import { ARRAY_TYPES, type Datatype, type NamedTensor, type TensorData } from '../serving/tensor.js';
import { fromHalf, toHalf } from './float16.js';
import { invalid } from '../serving/invalid.js';

/** Smallest and largest integer of each datatype; of 64 bits, what a number of JSON holds exactly in JavaScript. */
const INTEGERS: Partial<Record<Datatype, [number, number]>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/**
 * The elements of a tensor in JSON: one flat list, or lists nested as the shape says. FP16 is rounded to the nearest.
 * @param count what the shape makes
 * @throws ServingError invalid at the first element that is not of the datatype
 */
export function fromJson(datatype: Datatype, shape: readonly number[], count: number, data: unknown[]): TensorData {
  const elements = flatten(data, shape);
  if (elements.length !== count) {
    throw invalid(`has ${String(elements.length)} elements; its shape makes ${String(count)}`);
  }
  if (datatype === 'BYTES') return elements.map(text);
  if (datatype === 'INT64') return BigInt64Array.from(elements.map(bigint(datatype)));
  if (datatype === 'UINT64') return BigUint64Array.from(elements.map(bigint(datatype)));
  const read = readers[datatype];
  const numbers = new ARRAY_TYPES[datatype](count);
  elements.forEach((value, i) => (numbers[i] = read(value, i)));
  return numbers;
}

type Reader = (value: unknown, i: number) => number;

const integerReader =
  (datatype: Datatype): Reader =>
  (value, i) =>
    integer(datatype, value, i);

const bigint = (datatype: Datatype) => (value: unknown, i: number) => BigInt(integer(datatype, value, i));

const readers: Record<Exclude<Datatype, 'BYTES' | 'INT64' | 'UINT64'>, Reader> = {
  BOOL: (value, i) => {
    if (typeof value === 'boolean' || value === 0 || value === 1) return Number(value);
    throw wrong(i, 'true or false');
  },
  UINT8: integerReader('UINT8'),
  UINT16: integerReader('UINT16'),
  UINT32: integerReader('UINT32'),
  INT8: integerReader('INT8'),
  INT16: integerReader('INT16'),
  INT32: integerReader('INT32'),
  FP16: (value, i) => {
    const bits = toHalf(number(value, i));
    if (Number.isFinite(fromHalf(bits))) return bits;
    throw wrong(i, 'in the range of FP16');
  },
  FP32: (value, i) => {
    if (Number.isFinite(Math.fround(number(value, i)))) return value as number;
    throw wrong(i, 'in the range of FP32');
  },
  FP64: number,
};

function number(value: unknown, i: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(i, 'a finite number');
}

function integer(datatype: Datatype, value: unknown, i: number): number {
  const [min, max] = INTEGERS[datatype] ?? [0, 0];
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  const hint = datatype.endsWith('64') ? '; beyond that, send binary data' : '';
  throw wrong(i, `an integer from ${String(min)} to ${String(max)}${hint}`);
}

function text(value: unknown, i: number): string {
  if (typeof value === 'string') return value;
  throw wrong(i, 'a string');
}

const wrong = (i: number, wanted: string) => invalid(`has an element ${String(i)} that is not ${wanted}`);

function flatten(data: unknown[], shape: readonly number[]): unknown[] {
  if (!Array.isArray(data[0])) return data;
  if (!nests(data, shape)) throw invalid(`has lists that are not nested as the shape [${shape.join(', ')}] says`);
  return data.flat(shape.length - 1);
}

/** Whether every list has the length of its dimension. It goes no deeper than the shape. */
function nests(data: unknown, [size, ...rest]: readonly number[]): boolean {
  if (size === undefined) return !Array.isArray(data);
  return Array.isArray(data) && data.length === size && (rest.length === 0 || data.every((part) => nests(part, rest)));
}

/**
 * The elements as a flat list in JSON text. Integers of 64 bits keep all their digits.
 * @throws ServingError invalid for what JSON cannot say: NaN and infinity
 */
export function toJson({ name, datatype, data }: Pick<NamedTensor, 'name' | 'datatype' | 'data'>): string {
  if (Array.isArray(data)) return JSON.stringify(data);
  if (datatype === 'BOOL') return JSON.stringify(Array.from(data as Uint8Array, (byte) => byte !== 0));
  const numbers = datatype === 'FP16' ? Float32Array.from(data as Uint16Array, fromHalf) : data;
  if (isFloat(numbers) && !numbers.every(Number.isFinite))
    throw invalid(`output ${name} holds NaN or infinity, which JSON cannot carry: ask for it with binary_data`);
  return `[${numbers.join(',')}]`;
}

const isFloat = (data: TensorData) => data instanceof Float32Array || data instanceof Float64Array;
