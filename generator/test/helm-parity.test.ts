import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveGoScalar } from '../src/go-scalar.js';
import type { Json } from '../src/model.js';
import { printYaml } from '../src/print-yaml.js';
import { parseYaml } from '../src/yaml.js';
import { SCALARS, STRINGS } from './helm-parity.corpus.js';

/** Both Helms that Argo CD and people use; the second where it is there. */
const HELMS = [process.env.HELM ?? 'helm', process.env.HELM3 ?? 'helm3'].filter(
  (helm) => spawnSync(helm, ['version']).status === 0,
);

const chart = mkdtempSync(join(tmpdir(), 'brolly-parity-'));
beforeAll(() => {
  mkdirSync(join(chart, 'templates'));
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: parity\nversion: 0.1.0\n');
  // base64, so that nothing but Helm's reader of values files is between the file and what is compared
  writeFileSync(join(chart, 'templates/values.yaml'), 'data: {{ toJson .Values.corpus | b64enc }}\n');
});
afterAll(() => {
  rmSync(chart, { recursive: true });
});

/** What Helm makes of a values file that holds `corpus`; undefined when it refuses the file. */
function helmReads(helm: string, text: string): Json | undefined {
  const { status, stdout } = spawnSync(helm, ['template', 'x', chart, '--values', '-'], {
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const [, data = ''] = /^data: (\S+)$/m.exec(stdout) ?? [];
  return JSON.parse(Buffer.from(data, 'base64').toString()) as Json;
}

/** What Brolly makes of it; undefined when it holds what JSON cannot, which is what Helm refuses. */
function brollyReads(text: string): Json | undefined {
  const { corpus } = parseYaml(text, 'values.yaml').value as { corpus: Json };
  const numbers = JSON.stringify(corpus, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? 'refused' : value,
  );
  return numbers.includes('"refused"') ? undefined : corpus;
}

test('there is a Helm to compare with', () => {
  expect(HELMS).not.toEqual([]);
});

describe.each(HELMS)('%s', (helm) => {
  test(`reads ${String(SCALARS.length)} plain scalars as Brolly does`, () => {
    const finite = SCALARS.filter((text) => brollyReads(`corpus: ${text}\n`) !== undefined);
    const text = `corpus:\n${finite.map((scalar) => `  - ${scalar}\n`).join('')}`;
    expect(helmReads(helm, text)).toEqual(brollyReads(text));
    for (const scalar of SCALARS.filter((one) => !finite.includes(one))) {
      expect([scalar, helmReads(helm, `corpus: ${scalar}\n`)]).toEqual([scalar, undefined]);
    }
  });

  test('reads them as keys as Brolly does', () => {
    const refused = SCALARS.filter((text) => resolveGoScalar(text).key === undefined);
    for (const scalar of refused)
      expect([scalar, helmReads(helm, `corpus: { ${scalar}: 1 }\n`)]).toEqual([scalar, undefined]);
    const keys = SCALARS.filter((text) => !refused.includes(text));
    const text = `corpus:\n${keys.map((scalar) => `  - ${scalar}: 1\n`).join('')}`;
    expect(helmReads(helm, text)).toEqual(brollyReads(text));
  });

  test(`reads ${String(STRINGS.length)} nasty strings back as they were written, as values and as keys`, () => {
    const corpus = STRINGS.map((text) => ({ value: text, [`key ${text}`]: 1, [text]: text }));
    expect(helmReads(helm, printYaml({ corpus }))).toEqual(corpus);
  });

  test('reads whatever Brolly writes', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789_.eExob+-:#\n "\'yno~')) }),
      fc.integer(),
      fc.boolean(),
    );
    // lone surrogates are no Unicode text and cannot stand in a UTF-8 file
    const clean = value.filter((one) => typeof one !== 'string' || !/\p{Surrogate}/u.test(one));
    fc.assert(
      fc.property(listOf(clean), (corpus) => {
        expect(helmReads(helm, printYaml({ corpus }))).toEqual(corpus);
      }),
      FEW,
    );
  });

  test('reads any plain scalar of digits and signs as Brolly does, as a value and as a key', () => {
    const plain = fc
      .string({ unit: fc.constantFrom(...Array.from('0123456789_.eExobaf+-')), minLength: 1, maxLength: 9 })
      .filter(
        (text) => !/^-(?:-|$)/.test(text) && !/^\.\.\.$/.test(text) && brollyReads(`corpus: ${text}\n`) !== undefined,
      );
    fc.assert(
      fc.property(listOf(plain), (scalars) => {
        const text = `corpus:\n${scalars.map((scalar) => `  - ${scalar}\n  - ${scalar}: 1\n`).join('')}`;
        expect(helmReads(helm, text)).toEqual(brollyReads(text));
      }),
      FEW,
    );
  });
});

/** Helm takes longer to start than to read, so few of its processes read many values; to make them fewer would start it often. */
const FEW = { numRuns: 3, endOnFailure: true };

function listOf<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 1500, maxLength: 1500 });
}
