import { describe, expect, test } from 'vitest';
import { findDeprecated } from './deprecated.js';
import type { Schema } from './model.js';
import { moveYaml } from './yaml.js';

describe('deprecated keys', () => {
  const old: Schema = { deprecated: true, 'x-replaced-by': 'new.port', description: 'The port.' };
  const schema: Schema = {
    properties: {
      port: old,
      gone: { deprecated: true },
      list: { items: { $ref: '#/definitions/item' } },
      map: { additionalProperties: { properties: { port: old } } },
      new: { properties: { port: {} } },
    },
    definitions: { item: { properties: { old: { deprecated: true } } } },
  };

  test('are found wherever the value has them: in objects, lists and maps', () => {
    const value = {
      port: 1,
      gone: { a: 1 },
      list: [{}, { old: 1 }],
      map: { x: { port: 1 } },
      new: { port: 1 },
      other: 1,
    };
    expect(findDeprecated(schema, value)).toEqual([
      { at: ['port'], replacedBy: ['new', 'port'], description: 'The port.' },
      { at: ['gone'] },
      { at: ['list', 1, 'old'] },
      { at: ['map', 'x', 'port'], replacedBy: ['new', 'port'], description: 'The port.' },
    ]);
  });

  test('that are not written are no matter', () => {
    expect(findDeprecated(schema, { new: { port: 1 }, list: [{}] })).toEqual([]);
  });
});

describe('moving a value', () => {
  const TEXT = `# top
a:
  # why one
  one: 1 # how
  # why two
  two: 'x'
b:
  three: [1, 2]
`;

  test('within its object keeps the place and the comments', () => {
    expect(moveYaml(TEXT, ['a', 'two'], ['a', 'zwei'])).toBe(TEXT.replace('two: ', 'zwei: '));
    expect(moveYaml(TEXT, ['a', 'one'], ['a', 'eins'])).toBe(TEXT.replace('one: ', 'eins: '));
  });

  test('elsewhere takes its comments along', () => {
    expect(moveYaml(TEXT, ['a', 'two'], ['b', 'two'])).toBe(
      `# top\na:\n  # why one\n  one: 1 # how\nb:\n  three: [1, 2]\n  # why two\n  two: 'x'\n`,
    );
  });

  test('makes the objects on the way, and leaves none empty', () => {
    expect(moveYaml('b:\n  c:\n    d: 1 # how\nz: 1\n', ['b', 'c', 'd'], ['x', 'y', 'd'])).toBe(
      'z: 1\nx:\n  y:\n    d: 1 # how\n',
    );
  });

  test('to the top', () => {
    expect(moveYaml('b:\n  c: 1\n  d: 2\n', ['b', 'c'], ['c'])).toBe('b:\n  d: 2\nc: 1\n');
  });

  test.each([
    [['a', 'none'], ['x'], 'no value is at a.none'],
    [['a', 'one'], ['b', 'three'], 'a value is at b.three already'],
  ])('%j to %j is refused', (from, to, message) => {
    expect(() => moveYaml(TEXT, from, to)).toThrow(message);
  });
});
