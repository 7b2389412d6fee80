import { chartDocs, inputDocs, type DocumentedChart } from './docs.js';
import { textOf } from './fields.js';
import { exists, readText } from './files.js';
import { CHART, loadSchema, loadSubchartSchemas } from './load.js';
import { isObject, type GeneratedFile, type Json, type JsonObject, type Schema } from './model.js';
import { bundleSchemas, defaultsOf, describe, propertiesOf, resolveRef, schemaAt } from './schema.js';
import { compileTypes } from './types.js';
import { MARK } from './write.js';
import { parseYaml, printYaml } from './yaml.js';

/** Everything that follows from the schemas alone, whatever the environments say. */
export async function generateShared(root: string): Promise<GeneratedFile[]> {
  const subcharts = await loadSubchartSchemas(root);
  const bundle = bundleSchemas(subcharts);
  const charts = [...subcharts].map(([name, schema]) => ({ path: `${CHART}/charts/${name}`, schema }));
  const inputs = await Promise.all(
    (['environment', 'image'] as const).map(async (name) => {
      const path = `environments/${name}.schema.json`;
      return { name, path, schema: await loadSchema(root, path) };
    }),
  );
  const environments = await Promise.all(
    inputs.map(({ name, path, schema }) => typesFile(`generator/src/generated/${name}.ts`, schema, path)),
  );
  const services = await Promise.all([...subcharts].map(([name, schema]) => serviceFiles(root, name, schema)));
  return [
    { path: `${CHART}/values.schema.json`, text: printJson(bundle) },
    ...[...charts, { path: CHART, schema: bundle }].map(({ path, schema }) => ({
      path: `${path}/values.yaml`,
      text: defaultValues(schema),
    })),
    ...environments,
    await typesFile('generator/src/generated/values.ts', fillable(bundle), `${CHART}/values.schema.json`),
    ...services.flat(),
    ...(await docs(root, subcharts, bundle)),
    inputDocs(
      'docs/environment.md',
      inputs.map(({ name, schema }) => ({ file: `${name}.yaml`, schema })),
    ),
  ];
}

/** The reference of the values of the umbrella and of each subchart. */
async function docs(root: string, subcharts: ReadonlyMap<string, Schema>, bundle: Schema): Promise<GeneratedFile[]> {
  const chart = async (folder: string, schema: Schema, names: readonly string[] = []): Promise<DocumentedChart> => {
    const about = parseYaml(await readText(root, `${folder}/Chart.yaml`), `${folder}/Chart.yaml`).value;
    const { name, description } = isObject(about) ? about : {};
    return { name: textOf(name), folder, description: textOf(description), schema, subcharts: names };
  };
  const own = [...subcharts].map(([name, schema]) => chart(`${CHART}/charts/${name}`, schema));
  return chartDocs(await Promise.all([chart(CHART, bundle, [...subcharts.keys()]), ...own]));
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
async function serviceFiles(root: string, name: string, chart: Schema): Promise<GeneratedFile[]> {
  const config = propertiesOf(chart).config;
  if (!isObject(config) || !(await exists(root, `services/${name}/package.json`))) return [];
  const source = `${CHART}/charts/${name}/values.schema.json`;
  const schema: Schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${pascalCase(name)}Config`,
    ...fillable(resolveRef(chart, config)),
  };
  return [
    { path: `services/${name}/config.schema.json`, text: printJson(schema) },
    await typesFile(`services/${name}/src/generated/config.ts`, schema, source),
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

async function typesFile(path: string, schema: Schema & { title?: string }, source: string): Promise<GeneratedFile> {
  const header = `// ${MARK}\n// Source: ${source}`;
  return { path, text: await compileTypes(requireDefaulted(schema) as Schema, String(schema.title), header) };
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
