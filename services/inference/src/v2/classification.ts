import type { NamedTensor } from '../serving/tensor.js';
import { fromHalf } from './float16.js';
import { invalid } from '../serving/invalid.js';

/**
 * The largest `classes` elements along the last dimension as `value:index`, or `value:index:label`, largest first: the
 * classification extension of the protocol.
 * @throws ServingError invalid for text, which has no largest
 */
export function classify(
  { name, datatype, shape, data }: NamedTensor,
  classes: number,
  labels: readonly string[] = [],
): NamedTensor {
  if (Array.isArray(data)) throw invalid(`output ${name} is of text and cannot be classified`);
  const size = shape.at(-1) ?? 1;
  const kept = Math.min(classes, size);
  const rows = size === 0 ? 0 : data.length / size;
  const numbers = Array.from(data as ArrayLike<number | bigint>, (value) =>
    datatype === 'FP16' ? fromHalf(Number(value)) : Number(value),
  );
  const elements = Array.from({ length: rows }, (_, row) => {
    const values = numbers.slice(row * size, (row + 1) * size);
    const order = values.map((_value, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
    return order.slice(0, kept).map((i) => [values[i], i, ...labels.slice(i, i + 1)].join(':'));
  }).flat();
  return { name, datatype: 'BYTES', shape: [...shape.slice(0, -1), kept], data: elements };
}
