import { ARRAY_TYPES } from '../serving/tensor.js';
import type { Slot, WireTensor } from './messages.js';

/** A tensor that fits the slot: zeros or empty strings, 1 for every size that is open. */
export function sampleOf({ name, datatype, shape: declared }: Slot): WireTensor {
  const shape = declared.map((size) => (typeof size === 'number' ? size : 1));
  const elements = shape.reduce((product, size) => product * size, 1);
  const data = datatype === 'BYTES' ? Array.from({ length: elements }, () => '') : new ARRAY_TYPES[datatype](elements);
  return { name, datatype, shape, data };
}
