import { describe, expect, test } from 'vitest';
import { inferSchema } from './infer.js';
import { propertiesOf, schemaAt } from './schema.js';
import { checkSchema } from './validate.js';
import { parseYaml } from './yaml.js';

const infer = (text: string, options = {}): ReturnType<typeof inferSchema> =>
  inferSchema(parseYaml(text, 'values.yaml'), { title: 'Values', description: 'Values of web.', ...options });

describe('the type of', () => {
  test.each([
    ['a: text', { type: 'string', default: 'text' }],
    ['a: "1"', { type: 'string', default: '1' }],
    ['a: 1', { type: 'integer', default: 1 }],
    ['a: 1.5', { type: 'number', default: 1.5 }],
    ['a: no', { type: 'boolean', default: false }],
    ['a:', {}],
    ['# -- (int) Number\na:', { type: ['integer', 'null'], description: 'Number.' }],
    ['a: []', { type: 'array', default: [] }],
    ['a: [x, z]', { type: 'array', default: ['x', 'z'], items: { type: 'string' } }],
    ['a: [x, 1]', { type: 'array', default: ['x', 1] }],
    ['a: [{b: 1}]', { type: 'array', default: [{ b: 1 }], items: { type: 'object' } }],
    ['a: {}', { type: 'object', default: {} }],
    ['podLabels: {team: ml}', { type: 'object', default: { team: 'ml' } }],
    ['a: {kubernetes.io/os: linux}', { type: 'object', default: { 'kubernetes.io/os': 'linux' } }],
    [
      'a: {b: {c: 1}}',
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          b: { type: 'object', additionalProperties: false, properties: { c: { type: 'integer', default: 1 } } },
        },
      },
    ],
  ])('%s', (text, expected) => {
    expect(Object.values(propertiesOf(infer(text))).at(-1)).toEqual(expected);
  });
});

describe('the description of', () => {
  test.each([
    ['# -- Number of pods\na: 1', 'Number of pods.'],
    ['# Heading\n\n# -- Number\n# of pods\n# @default -- two\na: 1', 'Number of pods.'],
    ['# Set with care.\n# -- Number of pods\na: 1', 'Number of pods.'],
    ['# a -- Number of pods\n\na: 1', 'Number of pods.'],
    ['## @section Pods\n## @param a [nullable] Number of pods\n##\na: 1', 'Number of pods.'],
    ['# Number of pods.\n#########\n# replicas: 3\na: 1', 'Number of pods.'],
    ['# Pods\n\n# How many?\na: 1', 'How many?'],
    ['a: "#1" # number of pods', 'number of pods.'],
    ['a: "#1"', undefined],
    ['# Not about the key\n\na: 1', undefined],
  ])('%j', (text, expected) => {
    expect(schemaAt(infer(text), ['a'])?.description).toBe(expected);
  });

  test('a nested key', () => {
    const schema = infer('a:\n  # the port\n  port: 80\n  b:\n    # -- deep\n    c: x\n');
    expect(schemaAt(schema, ['a', 'port'])?.description).toBe('the port.');
    expect(schemaAt(schema, ['a', 'b', 'c'])?.description).toBe('deep.');
  });
});

test('the values it was inferred from are accepted, a key more and another type are not', () => {
  const text = 'a: 1\nb: {c: x}\nd:\nlabels: {}\n';
  const values = { a: 1, b: { c: 'x' }, d: null, labels: {} };
  const problems = (change: object): string[] =>
    checkSchema(infer(text), { ...values, ...change }).problems.map(({ code }) => code);
  expect(problems({})).toEqual([]);
  expect(problems({ global: { x: 1 }, d: [1], labels: { any: 'thing' } })).toEqual([]);
  expect(problems({ e: 1, a: 'x', b: { c: 'x', f: 1 } }).sort()).toEqual(['unknown-key', 'unknown-key', 'wrong-type']);
});

test('what stands under a subchart is for its own schema', () => {
  const schema = infer('cache: {size: 1Gi}\n', {
    subcharts: ['cache', 'queue'],
    further: { enabled: { type: 'boolean' } },
  });
  expect(schemaAt(schema, ['cache'])).toMatchObject({ type: 'object', default: { size: '1Gi' } });
  expect(checkSchema(schema, { cache: { size: 1, other: 2 }, queue: { any: 1 }, enabled: true }).problems).toEqual([]);
});
