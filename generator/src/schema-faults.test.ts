import { describe, expect, test } from 'vitest';
import { parseJson } from './json.js';
import { formatPath, type Schema } from './model.js';
import { resolveRef, schemaAt } from './schema.js';
import { findSchemaFaults } from './schema-faults.js';

const REFUSED: readonly [Schema, string, string][] = [
  [
    { properties: { a: { type: 'strng' } } },
    'properties.a.type',
    'there is no type "strng"; there are: null, boolean, integer, number, string, array, object',
  ],
  [{ items: [{ pattern: '(' }] }, 'items[0].pattern', 'Invalid regular expression: /(/: Unterminated group'],
  [{ allOf: [{ $ref: '#/definitions/a' }] }, 'allOf[0].$ref', 'the schema has no #/definitions/a'],
  [
    {
      definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } },
      not: { $ref: '#/definitions/a' },
    },
    'not.$ref',
    '"#/definitions/a" refers to itself',
  ],
  [
    { $ref: 'https://example.com/a.json' },
    '$ref',
    '"https://example.com/a.json" is none of "#/…": a schema can only refer to itself, as Helm loads no other',
  ],
  [
    { properties: { a: { 'x-merge': 'by' } } },
    'properties.a.x-merge',
    'a list cannot merge by "by"; it may by "replace", "append" or "by:<key>"',
  ],
  [{ properties: { a: 1 } }, 'properties.a', 'a schema has to be an object, not 1'],
  [{ properties: [] }, 'properties', '"properties" has to be an object, not []'],
  [{ exclusiveMinimum: true }, 'exclusiveMinimum', '"exclusiveMinimum" has to be a number, not true'],
  [{ multipleOf: 0 }, 'multipleOf', '"multipleOf" has to be a number above 0, not 0'],
  [{ maxLength: -1 }, 'maxLength', '"maxLength" has to be a number of characters, not -1'],
  [{ minItems: 1.5 }, 'minItems', '"minItems" has to be a number of items, not 1.5'],
  [{ maxProperties: '3' }, 'maxProperties', '"maxProperties" has to be a number of keys, not "3"'],
  [{ uniqueItems: 'yes' }, 'uniqueItems', '"uniqueItems" has to be true or false, not "yes"'],
  [{ items: { enum: 'a' } }, 'items.enum', '"enum" has to be a list, not "a"'],
  [{ properties: { a: { required: true } } }, 'properties.a.required', '"required" has to be a list of keys, not true'],
  [{ patternProperties: { '(': {} } }, 'patternProperties', 'Invalid regular expression: /(/: Unterminated group'],
];

describe('a schema is refused', () => {
  test.each(REFUSED)('%j', (schema, at, message) => {
    expect(findSchemaFaults(schema).map((fault) => [formatPath(fault.at), fault.message])).toContainEqual([
      at,
      message,
    ]);
  });
});

test('a schema may say all that Helm understands', () => {
  const schema: Schema = {
    type: ['object', 'null'],
    properties: { a: { $ref: '#/definitions/a~1b' }, b: true, c: { pattern: '^[\\w\\-]+$', 'x-merge': 'by:name' } },
    definitions: { 'a/b': { items: [{ $ref: '#' }, { type: 'string' }] } },
    dependencies: { a: ['b'], b: { required: ['c'] } },
    additionalProperties: false,
  };
  expect(findSchemaFaults(schema)).toEqual([]);
});

test('what stands beside a $ref says more than what it refers to', () => {
  const root = { definitions: { port: { type: 'integer', description: 'A port.' } } };
  expect(resolveRef(root, { $ref: '#/definitions/port', description: 'The port.' })).toEqual({
    type: 'integer',
    description: 'The port.',
  });
});

test.each<[Schema, string | number, Schema | undefined]>([
  [{}, 'a', {}],
  [{ type: 'object', properties: { a: { type: 'string' } } }, 'a', { type: 'string' }],
  [{ type: 'object', additionalProperties: false }, 'a', undefined],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'a', { type: 'string' }],
  [{ type: 'string' }, 'a', undefined],
  [{ type: ['array', 'null'] }, 0, {}],
  [{ type: 'object' }, 0, undefined],
])('%j below %j has %j', (schema, step, expected) => {
  expect(schemaAt(schema, [step])).toEqual(expected);
});

test.each([
  ['{\n  "a": {},}\n', 2, 11],
  ['[1,\n x]', 2, 2],
  ['{"a": "b', 1, 9],
  ['{"a": [1, 2', 1, 12],
  ["{'a': 1}", 1, 2],
  ['', 1, 1],
])('%j is no JSON at line %i, column %i', (text, line, column) => {
  expect(() => parseJson(text, 'x.json')).toThrow(
    expect.objectContaining({ findings: [expect.objectContaining({ file: 'x.json', line, column })] }),
  );
});
