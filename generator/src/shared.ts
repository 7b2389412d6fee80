import { createHash } from 'node:crypto';
import type { Contract } from './contract.js';
import { chartPages, chartReadmes, inputPage, type DocumentedChart } from './docs.js';
import { textOf } from './fields.js';
import { exists, readIfThere } from './files.js';
import { loadSchemaIfThere, loadYaml } from './load.js';
import { isObject, objectOf, type GeneratedFile, type Json, type JsonObject, type Schema } from './model.js';
import { printYaml } from './print-yaml.js';
import type { Generator } from './pipeline.js';
import type { Project } from './project.js';
import { defaultsOf, describe, propertiesOf, resolveRef, schemaAt } from './schema.js';
import { compileTypes } from './types.js';
import { MARK } from './write.js';

/** Everything that follows from the schemas alone, whatever the environments say. */
export async function generateShared({ project, contract, schemas }: Generator): Promise<GeneratedFile[]> {
  const { root, types, docs, environments, chart } = project;
  const files = contract.bundled ? chartFiles(chart, contract) : [];
  for (const { name, schema } of contract.subcharts) {
    if (contract.bundled && schema !== undefined) files.push(...(await serviceFiles(root, chart, name, schema)));
  }
  if (docs !== undefined) files.push(...docFiles(project, docs, contract, schemas));
  if (types === undefined) return files;
  const typed: [string, Schema | undefined, string][] = [
    ['environment', schemas.environment, `${environments}/environment.schema.json`],
    ['image', schemas.images, `${environments}/image.schema.json`],
    ['values', fillable(contract.schema), `${chart}/values.schema.json`],
    ['project', loadSchemaIfThere(root, PROJECT_SCHEMA), PROJECT_SCHEMA],
  ];
  for (const [name, schema, source] of typed)
    if (schema !== undefined) files.push(await typesFile(root, `${types}/${name}.ts`, schema, source));
  return files;
}

/** Brolly's own repository has types of this file as well. */
const PROJECT_SCHEMA = 'generator/schemas/project.schema.json';

/** The umbrella's schema, and the defaults of it and its subcharts as values.yaml. */
function chartFiles(chart: string, { schema, subcharts }: Contract): GeneratedFile[] {
  const charts = [...subcharts, { path: chart, schema }];
  return [
    { path: `${chart}/values.schema.json`, text: printJson(schema) },
    ...charts.map(({ path, schema: own = {} }) => ({ path: `${path}/values.yaml`, text: defaultValues(own) })),
  ];
}

/** The reference of values and input files; a README beside each chart only where everything in the chart follows from schemas. */
function docFiles(project: Project, docs: string, contract: Contract, inputs: Generator['schemas']): GeneratedFile[] {
  const subcharts = contract.subcharts.filter(({ schema }) => schema !== undefined);
  const document = (folder: string, schema: Schema, names: readonly string[]): DocumentedChart => {
    const { name, description } = objectOf(loadYaml(project, `${folder}/Chart.yaml`).value);
    return { name: textOf(name), folder, description: textOf(description), schema, subcharts: names };
  };
  const charts = [
    document(
      project.chart,
      contract.schema,
      subcharts.map(({ name }) => name),
    ),
    ...subcharts.map(({ path, schema = {} }) => document(path, schema, [])),
  ];
  const files = [{ file: 'environment.yaml', schema: inputs.environment }];
  if (inputs.images !== undefined) files.push({ file: 'image.yaml', schema: inputs.images });
  return [
    ...chartPages(docs, charts),
    inputPage(`${docs}/environment.md`, files),
    ...(contract.bundled ? chartReadmes(docs, charts) : []),
  ];
}

/** A chart's values.yaml: every default with its description above it. */
function defaultValues(schema: Schema): string {
  const header = `${MARK}\nEvery value, with its default. A key whose default is "absent" stands in values.schema.json only.`;
  return printYaml(defaultsOf(schema), {
    header,
    comment: (path) => {
      const at = schemaAt(schema, path);
      return at === undefined ? undefined : describe(at);
    },
  });
}

/** A service of ours reads its chart's `config` subtree from a file: it gets that subtree as its own schema, and its type. */
async function serviceFiles(root: string, umbrella: string, name: string, chart: Schema): Promise<GeneratedFile[]> {
  const config = propertiesOf(chart).config;
  if (!isObject(config) || !(await exists(root, `services/${name}/package.json`))) return [];
  const source = `${umbrella}/charts/${name}/values.schema.json`;
  const schema: Schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${pascalCase(name)}Config`,
    ...fillable(resolveRef(chart, config)),
  };
  return [
    { path: `services/${name}/config.schema.json`, text: printJson(schema) },
    await typesFile(root, `services/${name}/src/generated/config.ts`, schema, source),
  ];
}

/** An object whose parts all have defaults may be left out itself. */
function fillable(schema: Schema): Schema {
  const properties: JsonObject = {};
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const nested = isObject(property) && isObject(property.properties);
    properties[key] = nested ? { ...fillable(property), default: {} } : property;
  }
  return { ...schema, properties };
}

/**
 * A file of types. The compiler takes seconds to start, so the header holds the hashes of the schema and of the text below:
 * a file that has both is what the compiler would write again.
 */
async function typesFile(root: string, path: string, given: Schema, source: string): Promise<GeneratedFile> {
  const schema = requireDefaulted(given) as Schema;
  const header = (body: string): string =>
    `// ${MARK}\n// Source: ${source} ${hashOf(schema)}, text ${hashOf(body)}\n\n`;
  const before = readIfThere(root, path) ?? '';
  const body = before.slice(before.indexOf('\n\n') + 2);
  if (before === header(body) + body) return { path, text: before };
  const compiled = await compileTypes(schema, textOf(schema.title));
  return { path, text: header(compiled) + compiled };
}

function hashOf(content: Json): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

/** The types describe values after defaults were filled in: a key with a default is always there. */
function requireDefaulted(node: Json): Json {
  if (Array.isArray(node)) return node.map(requireDefaulted);
  if (!isObject(node)) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, requireDefaulted(value)]));
  if (!isObject(node.properties)) return copy;
  const given = Array.isArray(node.required) ? node.required : [];
  const defaulted = Object.entries(node.properties)
    .filter(([, property]) => isObject(property) && property.default !== undefined)
    .map(([key]) => key);
  return { ...copy, required: [...new Set([...given, ...defaulted])] };
}

function printJson(schema: Schema): string {
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, $comment: MARK, ...rest }, null, 2)}\n`;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
