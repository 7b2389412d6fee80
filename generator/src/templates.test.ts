import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/fakes.js';
import { FindingsError, type Finding } from './errors.js';
import type { JsonObject, Schema } from './model.js';
import { loadTemplates, type Templates } from './templates.js';

const ENVIRONMENT: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { size: { type: 'string' }, port: { type: 'integer' }, hosts: { items: { type: 'string' } } },
};

async function load(template: string, argocd?: string): Promise<Templates> {
  const root = await temporaryFolder();
  await mkdir(join(root, 'environments'));
  await writeFile(join(root, 'environments/values.yaml.hbs'), template);
  const folders = { chart: 'chart', environments: 'environments', templates: 'environments' };
  return loadTemplates({ root, ...folders, ...(argocd !== undefined && { argocd }) }, ENVIRONMENT, undefined);
}

async function render(template: string, environment: JsonObject): Promise<unknown> {
  const view = {
    name: 'dev',
    chart: 'chart',
    chartName: 'chart',
    folder: '',
    applications: '',
    images: {},
    components: [],
  };
  return (await load(template)).values.render({ ...view, environment })[0]?.value;
}

async function findingsOf(work: () => Promise<unknown>): Promise<readonly Finding[]> {
  const error: unknown = await work().catch((reason: unknown) => reason);
  if (error instanceof FindingsError) return error.findings;
  throw new Error('no findings', { cause: error });
}

/** The template, where in it something is wrong, and what. */
const REFUSED: readonly [string, string, string][] = [
  ['a: 1\n{{#if environment.size}}', '2:1', 'the template ends before a block of it does'],
  ['a: {{/if}}', '1:1', 'a block ends here that has not begun'],
  ['{{else}}', '1:1', 'an {{else}} stands outside of a block'],
  ['{{#if environment.size}}\n{{/each}}', '1:4', "if doesn't match each"],
  ["a: {{ ' }}", '1:1', 'what stands here between {{ and }} cannot be read'],
  ['a: {{yaml environment.sice}}', '1:11', 'environment has no "sice"'],
  ['a: {{yaml name.first}}', '1:11', 'name has no "first"'],
  ['{{#if environment.sice}}a: 1{{/if}}', '1:7', 'environment has no "sice"'],
  ['a: {{environment.size}}', '1:4', '{{environment.size}} would put raw text into YAML'],
  ['a: {{yaml}}', '1:4', '{{yaml}} names no value'],
  ['{{#repeat environment.size}}a: 1{{/repeat}}', '1:4', 'there is no block "repeat"'],
  ['{{#if (eq name "a")}}a: 1{{/if}}', '1:7', 'there is no helper "eq"'],
  ['{{> other}}', '1:1', 'a template has no partials and no decorators'],
];

/** The same for one environment: { size: 'S' }. */
const REFUSED_RENDERING: readonly [string, string, string][] = [
  [
    'a: 1\nb: {{yaml environment.port}}',
    '2:4',
    'the template takes "environment.port", and the environment says no such value',
  ],
  [
    'b: {{text name ":" environment.port}}',
    '1:4',
    'the template takes "environment.port", and the environment says no such value',
  ],
  ['{{! x }}\n\nb: "{{yaml environment.size}}"', '3:5', 'the template makes no YAML: Unexpected scalar at node end'],
  ['b: x{{yaml environment.size}}', 'undefined:undefined', 'a value stands inside the text x{{…}}'],
];

const placeOf = ({ line, column }: Finding): string => `${String(line)}:${String(column)}`;

describe('a template is refused at its place', () => {
  test.each(REFUSED)('%j', async (template, place, message) => {
    const [finding] = await findingsOf(() => load(template));
    expect(finding).toMatchObject({ file: 'environments/values.yaml.hbs', message });
    expect(placeOf(finding!)).toBe(place);
  });

  test.each(REFUSED_RENDERING)('%j', async (template, place, message) => {
    const [finding] = await findingsOf(() => render(template, { size: 'S' }));
    expect(finding).toMatchObject({ file: 'environments/values.yaml.hbs', message });
    expect(placeOf(finding!)).toBe(place);
  });

  test('or at the schema, where the template is one that comes with Brolly', async () => {
    const [finding] = await findingsOf(() => load('', 'argocd'));
    expect(finding).toMatchObject({
      file: 'environments/environment.schema.json',
      message: `environment has no "namespaces", which Brolly's own root.yaml.hbs takes`,
    });
  });
});

test('a template puts values in their places, whatever is in them', async () => {
  const template = `a: {{yaml environment.size}}
{{#each environment.hosts}}
b{{@index}}: {{text this ":" 80}}
{{/each}}
{{#if (defined environment.port)}}c: 1{{/if}}`.replace('b{{@index}}', '{{text "b" @index}}');
  expect(await render(template, { size: '{{x}}: "', hosts: ['h', 'i'] })).toEqual({
    a: '{{x}}: "',
    b0: 'h:80',
    b1: 'i:80',
  });
});

test('a template knows where it says a key itself', async () => {
  const { values } = await load(
    [
      'a:',
      '  {{#if environment.size}}',
      '  b: {{yaml environment.size}}',
      '  {{/if}}',
      'c:',
      '  b: 1',
      'a:',
      '  - b: 2',
    ].join('\n'),
  );
  const placeIn = (...path: (string | number)[]): unknown => {
    const place = values.place(path);
    return place && placeOf(place as unknown as Finding);
  };
  expect(placeIn('c', 'b')).toBe('6:3');
  expect(placeIn('a', 'b')).toBe('8:5'); // not where it takes the value from the environment
  expect(placeIn('c', 'x', 'y')).toBe('5:1');
  expect(placeIn('x')).toBeUndefined();
});
