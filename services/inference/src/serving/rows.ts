import type { NamedTensor, TensorData } from './tensor.js';

/** Elements of one row: a step along the first dimension. */
export const rowSize = (shape: readonly number[]) => shape.slice(1).reduce((product, size) => product * size, 1);

/** The rows `from` to before `to`, sharing memory with `tensor`. */
export function sliceRows(tensor: NamedTensor, from: number, to: number): NamedTensor {
  const { name, datatype, shape, data } = tensor;
  const size = rowSize(shape);
  const [start, end] = [from * size, to * size];
  const own = Array.isArray(data) ? data.slice(start, end) : data.subarray(start, end);
  return { name, datatype, shape: [to - from, ...shape.slice(1)], data: own };
}

/** Tensors of one name below each other, in memory of their own. They must agree in all but the first dimension. */
export function stackRows(tensors: readonly NamedTensor[]): NamedTensor {
  const [first] = tensors;
  if (!first) throw new Error('there are no tensors to stack');
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0);
  const shape = first.shape.length === 0 ? [] : [rows, ...first.shape.slice(1)];
  return { ...first, shape, data: joined(tensors.map(({ data }) => data)) };
}

/** The tensors of several lists that have the same names in the same order, each name below each other. */
export function stackAll(lists: readonly (readonly NamedTensor[])[]): NamedTensor[] {
  const byName: NamedTensor[][] = lists[0]?.map(() => []) ?? [];
  for (const tensors of lists) tensors.forEach((tensor, i) => byName[i]?.push(tensor));
  return byName.map(stackRows);
}

function joined(parts: readonly TensorData[]): TensorData {
  const [first] = parts;
  if (!first || Array.isArray(first)) return parts.flatMap((part) => part as string[]);
  const whole = emptyLike(
    first,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    // All parts have the type of the first, which `set` of a union cannot know.
    (whole as Float32Array).set(part as Float32Array, at);
    at += part.length;
  }
  return whole;
}

type Numbers = Exclude<TensorData, string[]>;

/** New memory of the same kind. */
function emptyLike(data: Numbers, length: number): Numbers {
  return new (data.constructor as new (length: number) => Numbers)(length);
}
