import type { Classification } from '../models/manifest.js';
import type { NamedTensor } from '../serving/tensor.js';
import type { Slot } from './messages.js';

/** What a classifier gives in place of its numbers. */
export function classSlots({ labels }: Classification): Slot[] {
  return [
    { name: 'label', datatype: 'BYTES', shape: ['batch'] },
    { name: 'scores', datatype: 'FP32', shape: ['batch', labels.length] },
  ];
}

/** The best label of each row, and the probabilities of all labels. @throws Error when the numbers do not fit the labels */
export function classify(outputs: readonly NamedTensor[], spec: Classification): NamedTensor[] {
  const numbers = outputs.find(({ name }) => name === spec.output);
  const size = spec.labels.length;
  if (!(numbers?.data instanceof Float32Array) || numbers.shape.length !== 2 || numbers.shape[1] !== size)
    throw new Error(`its output ${spec.output} must be float32 of [batch, ${String(size)}], a number for each label`);
  const { data } = numbers;
  const rows = data.length / size;
  const scores = spec.activation === 'none' ? data : softmax(data, size);
  const labels = Array.from({ length: rows }, (_, row) => spec.labels[best(scores, row * size, size)] ?? '');
  return [
    { name: 'label', datatype: 'BYTES', shape: [rows], data: labels },
    { name: 'scores', datatype: 'FP32', shape: [rows, size], data: scores },
  ];
}

function best(values: Float32Array, from: number, size: number): number {
  let found = 0;
  for (let i = 1; i < size; i += 1) if ((values[from + i] ?? 0) > (values[from + found] ?? 0)) found = i;
  return found;
}

function softmax(logits: Float32Array, size: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += size) {
    const row = logits.subarray(from, from + size);
    // The greatest is taken off first: exp of a large logit would overflow.
    const greatest = Math.max(...row);
    const powers = row.map((logit) => Math.exp(logit - greatest));
    const sum = powers.reduce((total, power) => total + power, 0);
    result.set(
      powers.map((power) => power / sum),
      from,
    );
  }
  return result;
}
