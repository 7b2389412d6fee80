import { expect, it } from 'vitest';
import { partsOf } from '../dist/serving/request-parts.js';
import { servedModel } from '../dist/serving/served-model.js';

/** A model whose only input has a row of the same size in both dimensions. */
const square = servedModel(
  { id: 'square', home: '', manifest: { name: 'square', version: '1', model: 'x.onnx', files: [] } },
  {
    signature: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: ['batch', 'n', 'n'] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: ['batch'] }],
    },
    loadSeconds: 0,
  },
  { maxItems: 32, maxTokens: 1024, textLength: 500 },
);

const partsOfShape = (...shape: number[]) => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return partsOf({ model: 'square', inputs: [{ name: 'x', datatype: 'FP32', shape, data }] }, square, 1);
};

it('a dimension of one name has one size, also within an input', () => {
  expect(partsOfShape(1, 2, 2)).toHaveLength(1);
  expect(() => partsOfShape(1, 2, 3)).toThrow('input x must have the shape [1, 2, 2], not [1, 2, 3]');
});

it('rows of another shape do not run together', () => {
  const keys = [partsOfShape(1, 2, 2), partsOfShape(2, 2, 2), partsOfShape(1, 3, 3)].map(([part]) => part?.key);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[0]).not.toBe(keys[2]);
});
