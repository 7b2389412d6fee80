import { type House, NUMERIC_FEATURES } from '../models/house.js';
import type { NamedTensor } from '../serving/tensor.js';

/* What the friendly routes ask of the models and read from their answers, as tensors. */

export function textTensors(texts: string[]): NamedTensor[] {
  return [{ name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }];
}

/** In float64, so that numbers come through exactly as JSON has them. */
export function numberTensors(x: number): NamedTensor[] {
  return [{ name: 'x', datatype: 'FP64', shape: [1], data: Float64Array.of(x) }];
}

export function houseTensors(house: House): NamedTensor[] {
  const numeric = Float32Array.from(NUMERIC_FEATURES, (name) => house[name] ?? NaN);
  return [
    { name: 'numeric', datatype: 'FP32', shape: [1, numeric.length], data: numeric },
    { name: 'ocean_proximity', datatype: 'BYTES', shape: [1, 1], data: [house.ocean_proximity] },
  ];
}

/** The elements of the output `name`, in order. @throws Error when the model has no such output of numbers */
export function numbersOf(outputs: readonly NamedTensor[], name: string): ArrayLike<number> {
  const data = outputs.find((tensor) => tensor.name === name)?.data;
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new Error(`the model has no output of floating-point numbers named ${name}`);
}

/** The elements of the output `name`, in order. @throws Error when the model has no such output of text */
export function textsOf(outputs: readonly NamedTensor[], name: string): string[] {
  const data = outputs.find((tensor) => tensor.name === name)?.data;
  if (Array.isArray(data)) return data;
  throw new Error(`the model has no output of text named ${name}`);
}
