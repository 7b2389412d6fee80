import { relative, resolve } from 'node:path';
import { Failure } from '../errors.js';
import { exists, listFolders, readText, readIfThere, walkFiles } from '../files.js';
import { isObject, type Json, type JsonObject, type Schema } from '../model.js';
import { parseYaml, type Source } from '../yaml.js';

/** A chart as it lies in a folder, with its unpacked subcharts. */
export interface Chart {
  /** Relative to the repository root, with forward slashes. */
  readonly folder: string;
  readonly name: string;
  /** Where its values stand among those of the outermost chart: `[]`, `['inference']`. */
  readonly mount: readonly string[];
  /** Where Helm itself reads whether to install a subchart, in the outermost chart's values. */
  readonly conditions: readonly (readonly string[])[];
  readonly values: Source;
  readonly schema: { readonly value: Schema; readonly source: Source } | undefined;
  readonly templates: readonly { readonly file: string; readonly text: string }[];
  /** Whether its parent takes it from a repository of charts, so that its files are not the parent's to change. */
  readonly vendored: boolean;
  /** Names, in its values, of all subcharts that it depends on, wherever they are. */
  readonly dependencies: readonly string[];
  /** Packed subcharts: Helm renders them, but their templates are not read here. */
  readonly packed: readonly string[];
  readonly subcharts: readonly Chart[];
}

/** Reads a chart folder, given relative to the repository root or absolute. Throws a Failure where there is no chart. */
export async function loadChart(root: string, path: string): Promise<Chart> {
  const folder = relative(root, resolve(root, path)).replaceAll('\\', '/') || '.';
  if (!(await exists(root, `${folder}/Chart.yaml`))) {
    throw new Failure(`there is no chart in ${folder}`, { hint: 'name a folder that holds a Chart.yaml' });
  }
  const chart = await load(root, folder, OUTERMOST);
  return { ...chart, conditions: [...chart.conditions, ...(await conditionsAround(root, folder, chart.name))] };
}

/** Where the chart around a subchart reads whether to install it, among the subchart's own values. */
async function conditionsAround(root: string, folder: string, name: string): Promise<string[][]> {
  const outer = `${folder}/../..`;
  if (!(await exists(root, `${outer}/Chart.yaml`))) return [];
  const { conditions } = await load(root, outer, OUTERMOST);
  return conditions.filter(([first]) => first === name).map((path) => path.slice(1));
}

/** The chart and everything below it. */
export function allCharts(chart: Chart): Chart[] {
  return [chart, ...chart.subcharts.flatMap(allCharts)];
}

const OUTERMOST = { mount: [], vendored: false };

async function load(
  root: string,
  folder: string,
  place: { name?: string; mount: readonly string[]; vendored: boolean },
): Promise<Chart> {
  const { name, mount, vendored } = place;
  const about = asObject(parseYaml(await readText(root, `${folder}/Chart.yaml`), `${folder}/Chart.yaml`).value);
  const valuesFile = `${folder}/values.yaml`;
  const values = parseYaml(readIfThere(root, valuesFile) ?? '', valuesFile);
  const schemaText = readIfThere(root, `${folder}/values.schema.json`);
  const dependencies = Array.isArray(about.dependencies) ? about.dependencies.map(asObject) : [];
  const subcharts = await loadSubcharts(root, folder, mount, dependencies);
  const texts = walkFiles(root, `${folder}/templates`).map(async (file) => ({
    file,
    text: await readText(root, file),
  }));
  return {
    folder,
    name: name ?? textOr(about.name, folder),
    mount,
    conditions: dependencies.flatMap(({ condition }) =>
      textOr(condition, '')
        .split(',')
        .filter((path) => path.trim() !== '')
        .map((path) => [...mount, ...path.trim().split('.')]),
    ),
    values,
    schema: schemaText === undefined ? undefined : readSchema(schemaText, `${folder}/values.schema.json`),
    vendored,
    dependencies: dependencies.map(({ alias, name: own }) => textOr(alias, textOr(own, ''))),
    templates: await Promise.all(texts),
    packed: walkFiles(root, `${folder}/charts`).filter((file) => file.endsWith('.tgz')),
    subcharts,
  };
}

/** A subchart stands in the values under its alias; one that is depended on twice stands there twice. */
async function loadSubcharts(
  root: string,
  folder: string,
  mount: readonly string[],
  dependencies: readonly JsonObject[],
): Promise<Chart[]> {
  const folders = listFolders(root, `${folder}/charts`);
  const charts = await Promise.all(
    folders.map(async (each) => {
      const at = `${folder}/charts/${each}`;
      if (!(await exists(root, `${at}/Chart.yaml`))) return [];
      const { name } = asObject(parseYaml(await readText(root, `${at}/Chart.yaml`), `${at}/Chart.yaml`).value);
      const own = textOr(name, each);
      const wanted = dependencies.filter((dependency) => dependency.name === own);
      const aliases = wanted.map(({ alias }) => textOr(alias, own));
      const vendored = wanted.some(({ repository }) => !/^(?:file:|$)/.test(textOr(repository, '')));
      const names = aliases.length === 0 ? [own] : [...new Set(aliases)];
      return Promise.all(names.map((alias) => load(root, at, { name: alias, mount: [...mount, alias], vendored })));
    }),
  );
  return charts.flat();
}

function readSchema(text: string, file: string): Chart['schema'] {
  const source = parseYaml(text, file); // JSON is YAML, and here it keeps its places
  return { value: asObject(source.value), source };
}

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
