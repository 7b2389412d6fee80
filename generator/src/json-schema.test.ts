import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChecker } from './json-schema.js';
import { isObject, type Json, type Schema } from './model.js';
import { findSchemaFaults } from './schema-faults.js';
import { parseYaml } from './yaml.js';

/** A schema, a value that it allows, one that it does not, and each violation of that: keyword, path, key or index. */
const KEYWORDS: readonly [Schema, Json, Json, string[]][] = [
  [{ type: 'integer' }, 1e3, 1.5, ['type at ""']],
  [{ type: ['string', 'null'] }, null, 1, ['type at ""']],
  [{ type: 'object' }, {}, [], ['type at ""']],
  [{ enum: ['a', { b: [1], c: 2 }] }, { c: 2, b: [1] }, { b: [1] }, ['enum at ""']],
  [{ const: [1, { a: null }] }, [1, { a: null }], [{ a: null }, 1], ['const at ""']],
  [{ minimum: 1, maximum: 3 }, 3, 4, ['maximum at ""']],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 3 }, 2, 1, ['exclusiveMinimum at ""']],
  [{ multipleOf: 5 }, 10, 11, ['multipleOf at ""']],
  [{ minLength: 2, maxLength: 2 }, '🙂🙂', '🙂', ['minLength at ""']],
  [{ pattern: '^a\\-b$' }, 'a-b', 'ab', ['pattern at ""']],
  [{ minItems: 1, maxItems: 2 }, [1], [], ['minItems at ""']],
  [{ uniqueItems: true }, [1, '1', [1]], [{ a: 1 }, 2, { a: 1 }], ['uniqueItems at "" 2']],
  [{ items: { type: 'string' } }, ['a'], ['a', 1, 2], ['type at "1"', 'type at "2"']],
  [{ items: [{ const: 1 }], additionalItems: false }, [1], [2, 3], ['const at "0"', 'false at "1"']],
  [{ contains: { const: 1 } }, [2, 1], [2], ['contains at ""']],
  [{ minProperties: 1, maxProperties: 1 }, { a: 1 }, {}, ['minProperties at ""']],
  [{ required: ['a', 'toString'] }, { a: null, toString: 1 }, {}, ['required at "" a', 'required at "" toString']],
  [{ properties: { a: { properties: { b: false } } } }, { a: {} }, { a: { b: 1 } }, ['false at "a.b"']],
  [{ patternProperties: { '^x-': { type: 'string' } } }, { 'x-a': '', y: 1 }, { 'x-a': 1 }, ['type at "x-a"']],
  [
    { properties: { a: true }, patternProperties: { '^x-': {} }, additionalProperties: false },
    { a: 1, 'x-b': 2 },
    { a: 1, b: 2, constructor: 3 },
    ['additionalProperties at "" b', 'additionalProperties at "" constructor'],
  ],
  [{ additionalProperties: { minimum: 1 } }, { a: 1 }, { a: 0 }, ['minimum at "a"']],
  [{ propertyNames: { maxLength: 1 } }, { a: 1 }, { a: 1, bc: 2 }, ['propertyNames at "" bc']],
  [
    { dependencies: { a: ['b'], c: { required: ['d'] } } },
    { b: 1 },
    { a: 1, c: 1 },
    ['required at "" d', 'dependencies at "" b'],
  ],
  [{ allOf: [{ minimum: 1 }, { minimum: 2 }] }, 2, 0, ['minimum at ""', 'minimum at ""']],
  [{ anyOf: [{ minimum: 2 }, { type: 'string' }] }, 'a', 1, ['minimum at ""', 'type at ""', 'anyOf at ""']],
  [{ oneOf: [{ minimum: 2 }, { maximum: 4 }] }, 5, 3, ['oneOf at ""']],
  [{ not: { required: ['a'] } }, {}, { a: 1 }, ['not at ""']],
  [
    { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } },
    { c: 1 },
    { a: 1 },
    ['required at "" b'],
  ],
  [
    { definitions: { 'a/b': { maximum: 1 } }, properties: { x: { $ref: '#/definitions/a~1b', minimum: 0 } } },
    { x: 1 },
    { x: -1 },
    ['minimum at "x"'],
  ],
  [
    { properties: { a: { $ref: '#' } }, additionalProperties: false },
    { a: { a: {} } },
    { a: { a: { b: 1 } } },
    ['additionalProperties at "a.a" b'],
  ],
  [{ format: 'email', description: 'Not checked.' }, 'a', 'b', []],
];

describe('a keyword', () => {
  test.each(KEYWORDS)('%j', (schema, right, wrong, violations) => {
    const check = createChecker(schema);
    expect(check(right)).toEqual([]);
    expect(
      check(wrong).map(({ keyword, at, key, index }) =>
        [`${keyword} at "${at.join('.')}"`, key ?? index].filter((part) => part !== undefined).join(' '),
      ),
    ).toEqual(violations);
  });
});

test('a checker knows nothing of what it checked before', () => {
  const check = createChecker({ not: { const: 3 }, items: { type: 'string' } });
  expect([check(3), check(1), check([1]), check(['a'])].map(({ length }) => length)).toEqual([1, 0, 1, 0]);
});

/** Values and schemas that meet each other: few keys, few texts, small numbers. */
const KEYS = ['a', 'b', 'cc'];
const key = fc.constantFrom(...KEYS);
const scalar = fc.constantFrom<Json>(null, true, false, 0, 1, 2, 2.5, 3, '', 'a', 'b', 'cc', '🙂');
const count = fc.integer({ min: 0, max: 3 });

function objectsOf<T>(keys: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(keys, value, { maxKeys: 3, noNullPrototype: true });
}

function valuesOf(depth: number): fc.Arbitrary<Json> {
  if (depth === 0) return scalar;
  const inner = valuesOf(depth - 1);
  return fc.oneof(scalar, fc.array(inner, { maxLength: 3 }), objectsOf(key, inner));
}
const values = valuesOf(2);

function schemasOf(depth: number): fc.Arbitrary<Json> {
  const type = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
  const flat: Record<string, fc.Arbitrary<Json>> = {
    type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(values, { minLength: 1, maxLength: 3, selector: (value) => JSON.stringify(value) }),
    ...{ const: values, minimum: count, maximum: count, exclusiveMinimum: count, exclusiveMaximum: count },
    ...{ multipleOf: fc.constantFrom(1, 2, 0.5), minLength: count, maxLength: count, minItems: count, maxItems: count },
    ...{ pattern: fc.constantFrom('^a', 'c$', '^.$', 'x'), uniqueItems: fc.boolean() },
    ...{ minProperties: count, maxProperties: count, required: fc.uniqueArray(key) },
    $ref: fc.constantFrom('#/definitions/a', '#/definitions/b'),
  };
  if (depth === 0) return someOf(flat);
  const schema = schemasOf(depth - 1);
  const some = fc.array(schema, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    fc.boolean(),
    someOf({
      ...flat,
      ...{
        items: fc.oneof(schema, some),
        additionalItems: schema,
        contains: schema,
        properties: objectsOf(key, schema),
      },
      ...{ patternProperties: objectsOf(fc.constantFrom('^a', 'c', '.'), schema), additionalProperties: schema },
      ...{ propertyNames: schema, dependencies: objectsOf(key, fc.oneof(schema, fc.uniqueArray(key))) },
      ...{ allOf: some, anyOf: some, oneOf: some, not: schema, if: schema, then: schema, else: schema },
    }),
  );
}
const schemas = schemasOf(2);

/** A schema with some of the keywords: with many at once it would allow nothing. */
function someOf(keywords: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Json> {
  return fc
    .subarray(Object.entries(keywords), { maxLength: 4 })
    .chain((chosen): fc.Arbitrary<Json> => fc.record(Object.fromEntries(chosen)));
}

/** A whole schema, with what a `$ref` in it leads to. */
const documents = fc
  .tuple(
    schemas,
    fc.constantFrom<Json>({ type: 'string' }, { minimum: 2 }),
    fc.constantFrom<Json>({ required: ['a'] }, { maxItems: 1 }),
  )
  .map(([schema, a, b]): Schema => ({ allOf: [schema], definitions: { a, b } }))
  .filter((schema) => findSchemaFaults(schema).length === 0);

function judge(schema: Schema, value: Json, useDefaults = false): readonly ErrorObject[] {
  const validate = new Ajv({ allErrors: true, strict: false, logger: false, useDefaults }).compile(schema);
  validate(value);
  return validate.errors ?? [];
}

test('allows what ajv allows, for any schema and value', () => {
  let allowed = 0;
  let refused = 0;
  fc.assert(
    fc.property(documents, values, (schema, value) => {
      const expected = judge(schema, value);
      expect(createChecker(schema)(value).length === 0).toBe(expected.length === 0);
      if (expected.length === 0) allowed += 1;
      else refused += 1;
    }),
    { numRuns: 500 },
  );
  expect(Math.min(allowed, refused)).toBeGreaterThan(100);
});

const CHART = new URL('../../charts/ml-platform/values.schema.json', import.meta.url);
const VALUES = new URL('../../environments/k3s-hetzner/values.yaml', import.meta.url);

describe("values of this repository's chart", () => {
  const schema = JSON.parse(readFileSync(CHART, 'utf8')) as Schema;
  const whole = parseYaml(readFileSync(VALUES, 'utf8'), 'values.yaml').value;
  const check = createChecker(schema);
  const { $schema: _, ...rest } = schema;
  const validate = new Ajv({ allErrors: true, strict: false, logger: false }).compile(rest);

  test('are wrong where ajv says so, and for the same reason', () => {
    const paths = pathsOf(whole);
    const others = fc.constantFrom<Json>(null, true, -1, 70_000, 1.5, '', 'A B', [], ['a', 'a'], {}, { other: 1 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...paths), { maxLength: 3 }), others, (changed, other) => {
        const value = structuredClone(whole);
        for (const path of changed) replaceAt(value, path, other);
        validate(value);
        const errors = validate.errors ?? [];
        const mistyped = new Set(
          errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
        );
        const expected = errors.filter(
          ({ keyword, instancePath, propertyName }) =>
            keyword !== 'if' && propertyName === undefined && (keyword === 'type' || !mistyped.has(instancePath)),
        );
        expect(
          check(value)
            .map(({ keyword, at, key }) => [keyword, at.map((step) => `/${String(step)}`).join(''), key].join(' '))
            .toSorted(),
        ).toEqual(
          expected
            .map(({ keyword, instancePath, params }) => [keyword, instancePath, keyOf(params)].join(' '))
            .toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function keyOf(params: ErrorObject['params']): unknown {
  return params.additionalProperty ?? params.missingProperty ?? params.propertyName;
}

function pathsOf(value: Json, at: readonly string[] = []): (readonly string[])[] {
  if (!isObject(value)) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...at, key]))].filter(
    ({ length }) => length > 0,
  );
}

function replaceAt(value: Json, [key = '', ...rest]: readonly string[], other: Json): void {
  if (!isObject(value)) return;
  if (rest.length === 0) value[key] = structuredClone(other);
  else replaceAt(value[key] ?? null, rest, other);
}

test('fills in the defaults that ajv fills in', () => {
  const preset = fc.constantFrom<Json>(0, 'a', { b: 1 }, []);
  const withDefaults = objectsOf(key, fc.tuple(preset, schemas));
  fc.assert(
    fc.property(withDefaults, values, (properties, value) => {
      const schema: Schema = {
        ...{ definitions: { a: {}, b: {} }, required: KEYS },
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, [preset, inner]]) => [
            key,
            isObject(inner) ? { ...inner, default: preset } : inner,
          ]),
        ),
      };
      const [ours, theirs] = [structuredClone(value), structuredClone(value)];
      const found = createChecker(schema, { fillIn: true })(ours);
      expect(found.length === 0).toBe(judge(schema, theirs, true).length === 0);
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 300 },
  );
});
