import { describe, expect, test } from 'vitest';
import { findOrigins, mergeLayers } from './layers.js';
import type { JsonObject, Path, Schema } from './model.js';

const schema: Schema = {
  properties: {
    added: { type: 'array', 'x-merge': 'append' },
    ports: { $ref: '#/definitions/ports' },
    replaced: { type: 'array' },
  },
  definitions: {
    ports: { type: 'array', 'x-merge': 'by:name', items: { properties: { tags: { 'x-merge': 'append' } } } },
  },
};

const layers: JsonObject[] = [
  { a: { x: 1, y: 2 }, added: [1], replaced: [1, 2], ports: [{ name: 'http', port: 80, tags: ['a'] }], gone: true },
  { a: { y: 3 }, added: [2], replaced: [3], ports: [{ name: 'grpc', port: 81 }], gone: null },
  { a: { y: 4, z: 5 }, ports: [{ name: 'http', port: 8080, tags: ['b'] }] },
];

/** Layers by their number, and paths as text. */
function origins(path: Path): string[] {
  const stack = layers.map((value, layer) => ({ layer, path: [], value }));
  return findOrigins(schema, stack, path).map(({ layer, path: at }) => `${String(layer)}: ${at.join('.')}`);
}

describe('layers', () => {
  test('merge objects deeply, and lists as the schema says', () => {
    expect(mergeLayers(schema, layers)).toEqual({
      a: { x: 1, y: 4, z: 5 },
      added: [1, 2],
      replaced: [3],
      ports: [
        { name: 'http', port: 8080, tags: ['a', 'b'] },
        { name: 'grpc', port: 81 },
      ],
    });
  });

  test('stay as they are', () => {
    const before = structuredClone(layers);
    mergeLayers(schema, layers);
    expect(layers).toEqual(before);
  });

  test.each<[Path, string[]]>([
    [['a', 'x'], ['0: a.x']],
    [
      ['a', 'y'],
      ['2: a.y', '1: a.y', '0: a.y'],
    ],
    [['added', 1], ['1: added.0']],
    [['replaced', 0], ['1: replaced.0']],
    [
      ['ports', 0, 'port'],
      ['2: ports.0.port', '0: ports.0.port'],
    ],
    [['ports', 1, 'port'], ['1: ports.0.port']],
    [['ports', 0, 'tags', 1], ['2: ports.0.tags.0']],
    [['gone'], []],
    [['a', 'nowhere'], []],
  ])('tell who says the value at %j', (path, expected) => {
    expect(origins(path)).toEqual(expected);
  });

  test('a layer of another kind hides all below it', () => {
    const stack = [{ a: { b: 1 } }, { a: 'text' }, { a: { c: 2 } }];
    expect(mergeLayers({}, stack)).toEqual({ a: { c: 2 } });
  });

  test('a null with nothing below it stays, for the schema to refuse', () => {
    expect(mergeLayers({}, [{}, { a: null }])).toEqual({ a: null });
  });

  test('keep a key that is named like a property of every object', () => {
    const merged = mergeLayers({}, [JSON.parse('{"__proto__": {"a": 1}}') as JsonObject, { b: 1 }]);
    expect(Object.keys(merged)).toEqual(['__proto__', 'b']);
  });
});
