import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FindingsError } from './errors.js';
import { resolveGoScalar } from './go-scalar.js';
import type { Json } from './model.js';
import { printYaml } from './print-yaml.js';
import { editYaml, parseManifests, parseYaml } from './yaml.js';

describe('a plain scalar is read as Helm reads it', () => {
  test.each<[string, Json]>([
    ['yes', true],
    ['on', true],
    ['NO', false],
    ['n', false],
    ['True', true],
    ['yEs', 'yEs'],
    ['~', null],
    ['null', null],
    ['Null', null],
    ['nULL', 'nULL'],
    ['010', 8],
    ['08', 8],
    ['0777', 511],
    ['0o17', 15],
    ['0O7', 7],
    ['-0o7', -7],
    ['0b11', 3],
    ['0X1f', 31],
    ['0x', '0x'],
    ['1_000', 1000],
    ['_1', '_1'],
    ['1e3', 1000],
    ['1e+3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['+1', 1],
    ['-', '-'],
    ['.', '.'],
    ['1:30', '1:30'],
    ['2001-01-01', '2001-01-01'],
    ['1.10', 1.1],
    ['1.2.3', '1.2.3'],
    ['12e03', 12000],
    ['18446744073709551615', 18446744073709552000],
    ['99999999999999999999', 1e20],
    ['=', '='],
    ['<<', '<<'],
  ])('%s', (text, expected) => {
    expect(resolveGoScalar(text).value).toEqual(expected);
  });

  test('in quotes it stays text', () => {
    expect(parseYaml('a: "yes"\nb: \'010\'\nc: |\n  on\n', 'x').value).toEqual({ a: 'yes', b: '010', c: 'on\n' });
  });
});

describe('parseYaml', () => {
  test('says where each key and value stands', () => {
    const source = parseYaml('a:\n  b:\n    - x\n    - key: 1\n', 'x');
    expect(source.position(['a', 'b'], 'key')).toEqual({ line: 2, column: 3 });
    expect(source.position(['a', 'b', 1, 'key'])).toEqual({ line: 4, column: 12 });
    expect(source.position(['a', 'missing'])).toEqual(source.position(['a']));
  });

  test('reports every syntax error', () => {
    expect(() => parseYaml('a: 1\na: 2\nb: [\n', 'file.yaml')).toThrow(FindingsError);
  });

  test('says one thing of each line, and words what only a parser understands', () => {
    const findings = (text: string): unknown => {
      try {
        return parseYaml(text, 'file.yaml');
      } catch (error) {
        return (error as FindingsError).findings.map(({ line, message }) => [line, message]);
      }
    };
    expect(findings('a:\n  b: 1\n\tc: 2\nd: @\n')).toEqual([
      [3, 'a tab stands where the line begins'],
      [4, 'Plain value cannot start with reserved character @'],
    ]);
    expect(findings('['.repeat(100_000))).toContainEqual([1, 'lists or objects are nested too deeply here']);
  });

  test('follows anchors and merge keys', () => {
    expect(parseYaml('base: &b {k: 1, l: 2}\nover: {<<: *b, l: 3}\n', 'x').value).toMatchObject({
      over: { k: 1, l: 3 },
    });
  });
});

describe('printYaml', () => {
  const nasty = [
    '',
    'y',
    'no',
    'on',
    '1_000',
    '0b101',
    '0O7',
    '1.5e3_0',
    '~',
    'a: b',
    '- a',
    '#c',
    'a #b',
    ' x',
    'x ',
    '\ta',
    'a\nb',
    'a\n\n',
    '\n',
    'é',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\u0000',
    '"',
    "'",
    '{{ .Values.x }}',
    '{a}',
    '[a',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '---',
    '...',
    '?',
    '? a',
    'a:',
    '=',
    '<<',
    '2001-01-01',
    '1:30',
    '0x1F',
    '+.inf',
    '.NaN',
    '👍',
  ];
  test.each(nasty)('keeps %j as a value and as a key', (text) => {
    expect(parseYaml(printYaml({ value: text }), 'x').value).toEqual({ value: text });
    expect(parseYaml(printYaml({ [text]: 'x' }), 'x').value).toEqual({ [text]: 'x' });
  });

  test('writes minus zero as the zero that Helm reads', () => {
    expect(printYaml({ value: -0 })).toBe('value: 0\n');
  });

  test('gives back any JSON value, and the same bytes again', () => {
    // Helm holds objects with text keys only; __proto__ is no key that a values file may use
    const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(json, (value) => {
        const text = printYaml({ value: value as Json });
        const back = parseYaml(text, 'x').value;
        expect(JSON.stringify(back)).toBe(JSON.stringify({ value }));
        expect(printYaml(back)).toBe(text);
      }),
    );
  });
});

test('editYaml changes one value and keeps order, comments and the rest', () => {
  const text = '# top\na: 1 # one\nb:\n  c: x # why\n';
  expect(editYaml(text, ['b', 'c'], 'yes')).toBe('# top\na: 1 # one\nb:\n  c: "yes" # why\n');
  expect(editYaml(text, ['b', 'd'], 'new')).toBe('# top\na: 1 # one\nb:\n  c: x # why\n  d: new\n');
  expect(editYaml(text, ['b'], undefined)).toBe('# top\na: 1 # one\n');
});

test('parseManifests names the template that renders what is no YAML', () => {
  const source = '---\n# Source: a/templates/x.yaml\nkind: A\n---\n# Source: a/templates/y.yaml\nkind: B\nname: c: d\n';
  expect(() => parseManifests(source)).toThrow(
    expect.objectContaining({
      message: 'what Helm renders is no YAML: a second key on one line',
      hint: 'mend a/templates/y.yaml, or the value it puts there; the line is: name: c: d',
    }),
  );
});

test('parseManifests takes what Helm takes: a key twice, and brackets that go on in any column', () => {
  const text = 'kind: A\nkind: B\nspec:\n    args: ["a",\n"b", [\n"c" ],\n  {d: 1,\ne: 2}\n]\n---\nkind: C\n';
  expect(parseManifests(text)).toEqual([
    { kind: 'B', spec: { args: ['a', 'b', ['c'], { d: 1, e: 2 }] } },
    { kind: 'C' },
  ]);
});

test('parseManifests skips empty documents', () => {
  expect(parseManifests('---\n# nothing\n---\nkind: A\n---\nkind: B\n').map(({ kind }) => kind)).toEqual(['A', 'B']);
});
