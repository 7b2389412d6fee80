import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { externalDataOf } from '../dist/models/external-data.js';

/* Models by hand: [field, content] pairs of protobuf. Field 7 of a model is its graph, 5 of a graph an initializer. */

type Field = [number, string | Field[]];

function encode(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.map(([field, content]) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : encode(content);
      return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A tensor whose data is at `location`, by its field in the message that holds it. */
const tensor = (field: number, location: string): Field => [
  field,
  [
    [8, 'w'],
    [
      13,
      [
        [1, 'location'],
        [2, location],
      ],
    ],
    [
      13,
      [
        [1, 'offset'],
        [2, '0'],
      ],
    ],
  ],
];

it('finds the files of initializers, each once, whatever they are called', () => {
  const graph: Field = [7, [tensor(5, 'a.bin'), tensor(5, '../b.bin'), tensor(5, '/etc/c'), tensor(5, 'a.bin')]];
  expect(externalDataOf(encode([graph]))).toEqual(['a.bin', '../b.bin', '/etc/c']);
});

it('finds none in a model that has all inside', () => {
  const model = new URL('../models/linear/v1.1.0/linear.onnx', import.meta.url);
  expect(externalDataOf(readFileSync(model))).toEqual([]);
  expect(externalDataOf(encode([[7, [[2, 'the location of things']]]]))).toEqual([]);
});

const attribute = (...fields: Field[]): Field => [7, [[1, [[5, fields]]]]];
it.each<[string, Field]>([
  ['an attribute', attribute(tensor(5, 'x'))],
  ['a list of an attribute', attribute(tensor(10, 'x'))],
  ['a subgraph', attribute([6, [tensor(5, 'x')]])],
  ['a list of subgraphs', attribute([11, [tensor(5, 'x')]])],
  ['a sparse initializer', [7, [[15, [tensor(1, 'x')]]]]],
  ['a function', [25, [[7, [[5, [tensor(5, 'x')]]]]]]],
  ['training', [20, [[1, [tensor(5, 'x')]]]]],
])('refuses data outside for %s', (_, field) => {
  expect(() => externalDataOf(encode([field]))).toThrow(
    /keeps the data of a tensor other than an initializer .* in "x"/,
  );
});

it('refuses what is no model', () => {
  const model = encode([[7, [tensor(5, 'a.bin')]]]);
  expect(() => externalDataOf(model.subarray(0, -3))).toThrow('cut off');
  expect(() => externalDataOf(Buffer.from('location, location'))).toThrow('is not an ONNX model');
  let nested: Field = tensor(5, 'x');
  for (let depth = 0; depth < 200; depth += 1) nested = [6, [[1, [[5, [nested]]]]]];
  expect(() => externalDataOf(encode([[7, [[1, [[5, [nested]]]]]]]))).toThrow('nested too deeply');
});
