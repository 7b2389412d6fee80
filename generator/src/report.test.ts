import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { fakeContext, temporaryFolder } from '../test/fakes.js';
import { CODES } from './codes.js';
import type { Finding } from './errors.js';
import type { Json, Schema } from './model.js';
import { summarize, type ReportFormat } from './report.js';
import { reportFindings } from './report/formats.js';
import { RULES } from './rules.js';
import { checkSchema } from './validate.js';

const FINDING: Finding = {
  severity: 'error',
  code: 'maximum',
  message: '"inference.replicas" must be <= 100, but is 101',
  hint: 'Fixed number of pods.\nSecond line: 100%, no more.',
  file: 'env.yaml',
  line: 2,
  column: 13,
  path: 'inference.replicas',
  overrides: [
    { file: 'base.yaml', line: 40, column: 3 },
    { file: 'root.yaml', line: 1, column: 1 },
  ],
};
const PLAIN: Finding = { severity: 'warning', code: 'some-code', message: 'no place' };

async function report(
  format: ReportFormat,
  findings: readonly Finding[],
  text = 'inference:\n  replicas: 101\n',
): Promise<string> {
  const root = await temporaryFolder();
  await writeFile(join(root, 'env.yaml'), text);
  return reportFindings(root, findings, format, fakeContext(root).terminal.style);
}

describe('text', () => {
  test('shows the line, a caret, what is overridden and what to do; what has no place comes first', async () => {
    expect(await report('text', [FINDING, PLAIN])).toBe(
      [
        'warning: no place [some-code]',
        'env.yaml:2:13: error: "inference.replicas" must be <= 100, but is 101 [maximum]',
        '  2 |   replicas: 101',
        '    |             ^',
        '  overrides base.yaml:40:3, root.yaml:1:1',
        '  hint: Fixed number of pods.\\u000aSecond line: 100%, no more.',
      ].join('\n'),
    );
  });

  test('cuts a long line around the caret', async () => {
    const text = await report(
      'text',
      [{ ...FINDING, line: 1, column: 501 }],
      `${'a'.repeat(500)}b${'c'.repeat(500)}\n`,
    );
    const [, line = '', caret = ''] = text.split('\n');
    expect(line).toBe(`  1 | …${'a'.repeat(80)}b${'c'.repeat(79)}…`);
    expect(caret.indexOf('^')).toBe(line.indexOf('b'));
  });

  test('shows neither credentials nor what a terminal would obey', async () => {
    const line = `url: https://user:hunter2@example.com/\u001b[2J${' '.repeat(40)}# x`;
    const text = await report(
      'text',
      [{ ...PLAIN, file: 'env.yaml', line: 1, column: line.indexOf('#') + 1, message: line }],
      line,
    );
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('\u001b');
    const [, frame = '', caret = ''] = text.split('\n');
    expect(caret.indexOf('^')).toBe(frame.indexOf('#'));
  });

  test('a line cut in the middle of a URL shows no part of its password', async () => {
    const line = `k: 1 # ${'x'.repeat(130)} https://user:${'hunter2'.repeat(20)}@example.com/`;
    expect(await report('text', [{ ...FINDING, line: 1, column: 4 }], line)).not.toContain('hunter2');
  });
});

test('json has the published form', async () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, '../schemas/findings.schema.json'), 'utf8'),
  ) as Schema;
  for (const findings of [[], [FINDING, PLAIN]]) {
    const value = JSON.parse(await report('json', findings)) as Json;
    expect(checkSchema(schema, value).problems).toEqual([]);
  }
  expect(JSON.parse(await report('json', [FINDING, PLAIN]))).toMatchObject({
    counts: { errors: 1, warnings: 1 },
    findings: [PLAIN, { line: 2, overrides: FINDING.overrides }],
  });
});

test('github annotates the line, with everything escaped that would end a property or the command', async () => {
  const nasty: Finding = { ...PLAIN, file: 'a,b:c%.yaml', line: 1, message: 'over 100%\nand ::error::more' };
  expect((await report('github', [FINDING, nasty])).split('\n')).toEqual([
    '::warning file=a%2Cb%3Ac%25.yaml,line=1,title=some-code::over 100%25\\u000aand ::error::more',
    '::error file=env.yaml,line=2,col=13,title=maximum::"inference.replicas" must be <= 100, but is 101' +
      '%0Aoverrides base.yaml:40:3, root.yaml:1:1%0Ahint: Fixed number of pods.\\u000aSecond line: 100%25, no more.',
  ]);
});

test('sarif explains each rule once and points each result at its rule, region and overridden places', async () => {
  const { version, runs } = JSON.parse(
    await report('sarif', [FINDING, { ...FINDING, line: 1, file: 'ä b.yaml' }, PLAIN]),
  ) as Log;
  const [run] = runs;
  const rules = run?.tool.driver.rules ?? [];
  expect(version).toBe('2.1.0');
  expect(rules.map(({ id }) => id)).toEqual(['maximum', 'some-code']);
  expect(rules[0]).toMatchObject({
    shortDescription: { text: 'The number is too large.' },
    help: { text: CODES.maximum },
  });
  for (const result of run?.results ?? []) expect(rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
  expect(run?.results?.map(({ locations }) => locations?.[0]?.physicalLocation)).toEqual([
    undefined,
    { artifactLocation: { uri: 'env.yaml', uriBaseId: '%SRCROOT%' }, region: { startLine: 2, startColumn: 13 } },
    { artifactLocation: { uri: '%C3%A4%20b.yaml', uriBaseId: '%SRCROOT%' }, region: { startLine: 1, startColumn: 13 } },
  ]);
  expect(run?.results?.[1]).toMatchObject({
    level: 'error',
    message: { text: `${FINDING.message}\nhint: Fixed number of pods.\\u000aSecond line: 100%, no more.` },
    relatedLocations: [
      {
        id: 0,
        physicalLocation: { artifactLocation: { uri: 'base.yaml' }, region: { startLine: 40, startColumn: 3 } },
      },
      { id: 1 },
    ],
  });
});

test('findings are counted by severity, and told once', async () => {
  const other = { ...FINDING, line: 1 };
  expect([summarize([]), summarize([PLAIN]), summarize([FINDING, other, PLAIN, { ...FINDING }])]).toEqual([
    'no problems',
    '1 warning',
    '2 errors, 1 warning',
  ]);
  expect((await report('github', [PLAIN, { ...PLAIN }])).split('\n')).toHaveLength(1);
});

test('every code is explained, whether a rule or any other part of the generator gives it', async () => {
  const files = (await readdir(import.meta.dirname, { recursive: true })).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const sources = await Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), 'utf8')));
  const lines = sources.flatMap((text) => text.match(/\bcode: .*/g) ?? []);
  const given = lines.flatMap((line) => line.match(/(?<=')[a-z]+(?:-[a-z]+)+(?=')/g) ?? []);
  const codes = [...given, ...RULES.map(({ name }) => name)];
  expect(codes).toContain('unknown-key');
  expect(codes.filter((code) => !(code in CODES))).toEqual([]);
});
