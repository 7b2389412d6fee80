import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { SCALARS } from '../test/helm-parity.corpus.js';
import { findAmbiguities } from './ambiguity.js';
import { resolveCoreScalar } from './core-scalar.js';
import { resolveGoScalar } from './go-scalar.js';
import { parseYaml } from './yaml.js';

const found = (text: string): [string, string | undefined][] =>
  findAmbiguities(parseYaml(text, 'env.yaml')).map(({ message, hint }) => [message, hint]);

describe('a warning says how an editor and Helm read', () => {
  test.each([
    [
      'no',
      'no is the text "no" to an editor, but the boolean false to Helm',
      "write false for the boolean, 'no' for the text",
    ],
    [
      'On',
      'On is the text "On" to an editor, but the boolean true to Helm',
      "write true for the boolean, 'On' for the text",
    ],
    [
      '0777',
      '0777 is the number 777 to an editor, but the number 511 to Helm',
      "write 511 or 777 for the number, '0777' for the text",
    ],
    [
      '1_000',
      '1_000 is the text "1_000" to an editor, but the number 1000 to Helm',
      "write 1000 for the number, '1_000' for the text",
    ],
    [
      '0b11',
      '0b11 is the text "0b11" to an editor, but the number 3 to Helm',
      "write 3 for the number, '0b11' for the text",
    ],
    [
      '-0o17',
      '-0o17 is the text "-0o17" to an editor, but the number -15 to Helm',
      "write -15 for the number, '-0o17' for the text",
    ],
    ['1e999', '1e999 is the number Infinity to an editor, but the text "1e999" to Helm', "write '1e999' for the text"],
  ])('%s', (scalar, message, hint) => {
    expect(found(`a: ${scalar}\n`)).toEqual([[message, hint]]);
  });

  test.each([
    ['on', 'the key on is "on" to an editor, but "true" to Helm', "write 'on'"],
    ['010', 'the key 010 is "010" to an editor, but "8" to Helm', "write '010'"],
    ['1.0', 'the key 1.0 is "1.0" to an editor, but "1" to Helm', "write '1.0'"],
    ['~', 'the key ~ is "~" to an editor, but Helm refuses it', "write '~'"],
  ])('the key %s', (scalar, message, hint) => {
    expect(found(`{ ${scalar}: x }\n`)).toEqual([[message, hint]]);
  });
});

test.each([
  'true',
  'False',
  '~',
  '',
  '17',
  '-1',
  '0x1f',
  '0o17',
  '12e03',
  '1.5',
  '.5',
  'text',
  '1:30',
  '2001-01-01',
  "'no'",
  '"0777"',
  '!!str on',
  '|\n  no',
])('both read %j alike', (scalar) => {
  expect(found(`a: ${scalar}\n`)).toEqual([]);
});

test('each is found at its place, in lists, in keys and beside anchors', () => {
  const text = 'a:\n  - x\n  - &b yes\n  - { off: [no] }\nc: *b\n';
  const places = findAmbiguities(parseYaml(text, 'env.yaml')).map(({ line, column, path }) => [line, column, path]);
  expect(places).toEqual([
    [3, 8, 'a[1]'],
    [4, 7, 'a[2].false'],
    [4, 13, 'a[2].false[0]'],
  ]);
});

test('an integer that a 64-bit float cannot hold is an error', () => {
  expect(findAmbiguities(parseYaml('a: 9007199254740993\nb: 9007199254740991\nc: 1e300\n', 'env.yaml'))).toEqual([
    {
      severity: 'error',
      code: 'unsafe-integer',
      message:
        '9007199254740993 becomes 9007199254740992: Helm holds a number as a 64-bit float, exact up to 9007199254740991',
      hint: "write '9007199254740993', as text",
      file: 'env.yaml',
      line: 1,
      column: 4,
      path: 'a',
    },
  ]);
});

describe('every untagged scalar of the parity corpus', () => {
  test.each(SCALARS.filter((text) => !text.startsWith('!')))('%s', (scalar) => {
    // an independent reader of the core schema
    const editor: unknown = parseDocument(`a: ${scalar}\n`, { version: '1.2' }).toJS();
    const core = (editor as { a: unknown }).a;
    expect(resolveCoreScalar(scalar)).toEqual(core);
    const helm = resolveGoScalar(scalar).value;
    const unsafe = !/[.e]/i.test(scalar.replace(/^0x/, '')) && Math.abs(Number(helm)) > Number.MAX_SAFE_INTEGER;
    expect(found(`a: ${scalar}\n`)).toHaveLength(unsafe || !Object.is(core, helm) ? 1 : 0);
  });
});
