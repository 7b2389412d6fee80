import type { Manifest } from '../models/manifest.js';
import { ARRAY_TYPES, type NamedTensor } from '../serving/tensor.js';
import type { Slot } from './messages.js';

/** A tensor that fits the slot: zeros, the first category or empty strings, and 1 for every size that is open. */
export function sampleOf({ name, datatype, shape: declared }: Slot, { inputs }: Manifest): NamedTensor {
  const text = inputs?.find((input) => input.name === name)?.categories?.[0] ?? '';
  const shape = declared.map((size) => (typeof size === 'number' ? size : 1));
  const elements = shape.reduce((product, size) => product * size, 1);
  const data =
    datatype === 'BYTES' ? Array.from({ length: elements }, () => text) : new ARRAY_TYPES[datatype](elements);
  return { name, datatype, shape, data };
}
