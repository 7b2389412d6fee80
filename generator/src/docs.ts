import { posix } from 'node:path';
import { textOf } from './fields.js';
import { isObject, type GeneratedFile, type Json, type Schema } from './model.js';
import { propertiesOf, resolveRef } from './schema.js';
import { MARK } from './write.js';

/** A chart as its documentation shows it. */
export interface DocumentedChart {
  readonly name: string;
  /** Folder of the chart, relative to the repository root. */
  readonly folder: string;
  /** Of Chart.yaml; empty where it has none. */
  readonly description: string;
  /** Its values.schema.json; for an umbrella, that with the schemas of all subcharts. */
  readonly schema: Schema;
  /** Names of its subcharts, each of which has a page of its own. */
  readonly subcharts: readonly string[];
}

/** An input file of an environment. */
export interface DocumentedInput {
  /** `environment.yaml` */
  readonly file: string;
  readonly schema: Schema;
}

/** The reference of every chart's values; `folder` is where documentation is written. */
export function chartPages(folder: string, charts: readonly DocumentedChart[]): GeneratedFile[] {
  return charts.map((chart) => {
    const page = pageOf(folder, chart);
    const schema = `${chart.folder}/values.schema.json`;
    const closed = chart.schema.additionalProperties === false ? ' Every key that is not listed is refused.' : '';
    return markdown(page, [
      heading(1, `Values of ${chart.name}`),
      about(chart),
      `Source: ${link(page, schema)}.${closed}`,
      ...sections(chart.schema, ownKeys(chart)),
      ...subchartsOf(chart, page, folder),
    ]);
  });
}

/** The README beside each chart; the pages that it links are in `folder`. */
export function chartReadmes(folder: string, charts: readonly DocumentedChart[]): GeneratedFile[] {
  return charts.map((chart) => {
    const readme = `${chart.folder}/README.md`;
    const rows = rowsOf(chart.schema, ownKeys(chart));
    return markdown(readme, [
      heading(1, chart.name),
      about(chart),
      code(`helm install trial ${chart.folder}`),
      heading(2, 'Values'),
      `Types, bounds and examples of each: ${link(readme, pageOf(folder, chart))}.`,
      table(
        ['Key', 'Default', 'Description'],
        rows.map(({ key, standard, text }) => [key, standard, text]),
      ),
      ...subchartsOf(chart, readme, folder),
    ]);
  });
}

function pageOf(folder: string, { name }: Pick<DocumentedChart, 'name'>): string {
  return posix.join(folder, `values/${name}.md`);
}

function about({ description }: DocumentedChart): string {
  return description === '' ? '' : `${description.replace(/\.$/, '')}.`;
}

function ownKeys({ schema, subcharts }: DocumentedChart): string[] {
  return Object.keys(propertiesOf(schema)).filter((key) => !subcharts.includes(key));
}

function subchartsOf({ subcharts, schema }: DocumentedChart, from: string, folder: string): string[] {
  if (subcharts.length === 0) return [];
  const list = subcharts.map((name) => {
    const page = posix.relative(posix.dirname(from), pageOf(folder, { name }));
    return `- [\`${name}\`](${page}): ${sentence(child(schema, schema, name).description)}`;
  });
  return [heading(2, 'Subcharts'), 'The values of each stand under its name.', list.join('\n')];
}

/** A link from one file to another, both relative to the repository root. */
function link(from: string, to: string): string {
  return `[${to}](${posix.relative(posix.dirname(from), to)})`;
}

/** The reference of the files that a person and the delivery pipeline write. */
export function inputPage(path: string, inputs: readonly DocumentedInput[]): GeneratedFile {
  const parts = inputs.flatMap(({ file, schema }) => [
    heading(2, file),
    sentence(schema.description),
    ...sections(schema, Object.keys(propertiesOf(schema)), 3),
  ]);
  return markdown(path, [heading(1, 'The input files of an environment'), ...parts]);
}

/** First the values that stand at the top, in one table, then a table for each object. */
function sections(schema: Schema, keys: readonly string[], level = 2): string[] {
  const grouped = keys.filter((key) => Object.keys(propertiesOf(child(schema, schema, key))).length > 0);
  const single = keys.filter((key) => !grouped.includes(key));
  const first =
    single.length === 0
      ? []
      : [...(grouped.length === 0 ? [] : [heading(level, 'At the top')]), reference(schema, single)];
  const further = grouped.flatMap((key) => [
    heading(level, `\`${key}\``),
    sentence(child(schema, schema, key).description) + deprecation(child(schema, schema, key)),
    reference(schema, [key]),
  ]);
  return [...first, ...further];
}

function reference(schema: Schema, keys: readonly string[]): string {
  const rows = rowsOf(schema, keys);
  return table(
    ['Key', 'Type', 'Default', 'Allowed', 'Description'],
    rows.map(({ key, type, standard, allowed, text }) => [key, type, standard, allowed, text]),
  );
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly standard: string;
  readonly allowed: string;
  readonly text: string;
}

/** Every key that holds a value, nested ones by their path: `image.tag`, `tolerations[].key`, `models.<name>.path`. */
function rowsOf(root: Schema, keys: readonly string[], at: Schema = root, path = ''): Row[] {
  const required = Array.isArray(at.required) ? at.required : [];
  return keys.flatMap((key): Row[] => {
    const schema = child(root, at, key);
    const here = path === '' ? key : `${path}.${key}`;
    const nested = rowsOf(root, Object.keys(propertiesOf(schema)), schema, here);
    if (nested.length > 0 && path === '') return nested; // its description stands above the table
    const text = [sentence(schema.description), deprecation(schema), examples(schema)].filter(
      (part) => part.trim() !== '',
    );
    const row: Row = {
      key: `\`${here}\``,
      type: typeOf(root, schema),
      standard: nested.length > 0 && schema.default === undefined ? '' : standardOf(schema, required.includes(key)),
      allowed: allowedIn(schema),
      text: text.map((part) => part.trim()).join(' '),
    };
    return [
      row,
      ...nested,
      ...below(root, schema.items, `${here}[]`),
      ...below(root, schema.additionalProperties, `${here}.<name>`),
    ];
  });
}

function standardOf({ default: standard }: Schema, required: boolean): string {
  if (standard !== undefined) return literal(standard);
  return required ? '**required**' : '–';
}

function below(root: Schema, schema: Json | undefined, path: string): Row[] {
  if (!isObject(schema)) return [];
  const item = resolveRef(root, schema);
  return rowsOf(root, Object.keys(propertiesOf(item)), item, path);
}

function child(root: Schema, at: Schema, key: string): Schema {
  const property = propertiesOf(at)[key];
  return isObject(property) ? resolveRef(root, property) : {};
}

function typeOf(root: Schema, schema: Schema): string {
  const of = (inner: Json | undefined): string =>
    isObject(inner) ? ` of ${typeOf(root, resolveRef(root, inner))}` : '';
  const types = Array.isArray(schema.type)
    ? schema.type
    : [schema.type ?? (schema.enum === undefined ? 'any' : 'string')];
  return types
    .map((type) => {
      if (type === 'array') return `list${of(schema.items)}`;
      return type === 'object' ? `object${of(schema.additionalProperties)}` : textOf(type);
    })
    .join(' or ');
}

/** What a schema forbids, in words: its choices, bounds and patterns. */
function allowedIn(schema: Schema): string {
  const range = (least: Json | undefined, most: Json | undefined, unit = ''): string => {
    if (least === undefined) return most === undefined ? '' : `at most ${textOf(most)}${unit}`;
    return most === undefined ? `at least ${textOf(least)}${unit}` : `${textOf(least)} to ${textOf(most)}${unit}`;
  };
  const items = isObject(schema.items) ? allowedIn(schema.items) : '';
  return [
    Array.isArray(schema.enum) ? schema.enum.map(literal).join(', ') : '',
    schema.const === undefined ? '' : literal(schema.const),
    range(schema.minimum, schema.maximum),
    schema.exclusiveMinimum === undefined ? '' : `more than ${textOf(schema.exclusiveMinimum)}`,
    schema.exclusiveMaximum === undefined ? '' : `less than ${textOf(schema.exclusiveMaximum)}`,
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    range(schema.minProperties, schema.maxProperties, ' keys'),
    schema.uniqueItems === true ? 'no item twice' : '',
    typeof schema.pattern === 'string' ? codeSpan(schema.pattern) : '',
    items === '' ? '' : `each: ${items}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function examples({ examples: given, default: standard }: Schema): string {
  const others = Array.isArray(given) ? given.filter((each) => JSON.stringify(each) !== JSON.stringify(standard)) : [];
  return others.length === 0 ? '' : `For example ${others.map(literal).join(', ')}.`;
}

function deprecation(schema: Schema): string {
  if (schema.deprecated !== true) return '';
  const instead = schema['x-replaced-by'];
  return ` **Deprecated**${typeof instead === 'string' ? `: use ${codeSpan(instead)}` : ''}.`;
}

function markdown(path: string, parts: readonly string[]): GeneratedFile {
  return { path, text: `<!-- ${MARK} -->\n\n${parts.filter((part) => part !== '').join('\n\n')}\n` };
}

function heading(level: number, text: string): string {
  return `${'#'.repeat(level)} ${text}`;
}

function code(line: string): string {
  return ['```sh', line, '```'].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sentence(text: Json | undefined): string {
  return typeof text === 'string' ? text.replaceAll('\n', ' ').replace(/[|*]/g, '\\$&').replaceAll('<', '&lt;') : '';
}

function literal(value: Json): string {
  return codeSpan(JSON.stringify(value));
}

/** Code in a table: a bar would end the cell, and a backtick the code. */
function codeSpan(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', '\\|')}${fence}`;
}
