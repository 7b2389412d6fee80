import { FindingsError, type Finding } from './errors.js';
import { objectsIn, textOf } from './fields.js';
import { listFiles, listFolders, readIfThere } from './files.js';
import { parseJson } from './json.js';
import { formatPath, isObject, objectOf, type Component, type JsonObject, type Schema } from './model.js';
import type { Project } from './project.js';
import { findSchemaFaults } from './schema-faults.js';
import { nearest } from './suggest.js';
import { parseYaml, type Source } from './yaml.js';

/** What one environment's files say, parsed but not yet checked. */
export interface EnvironmentSources {
  readonly name: string;
  /** environment.yaml of every environment that it extends, the farthest first, and its own as the last. */
  readonly layers: readonly Source[];
  /** Whether the environment is only there to be extended. */
  readonly abstract: boolean;
  /** Absent for an abstract environment, and where the project has no image.schema.json. */
  readonly images?: Source;
}

/** A chart or subchart as its folder has it. */
export interface ChartFolder {
  readonly name: string;
  /** Relative to the repository root. */
  readonly path: string;
  /** Undefined where the chart has no values.schema.json. */
  readonly schema?: Schema;
}

/** Names of all environments, those included that others only extend. */
export function listEnvironments(project: Project): string[] {
  return listFolders(project.root, project.environments);
}

export function environmentFile(project: Project, name: string): string {
  return `${project.environments}/${name}/environment.yaml`;
}

export function imageFile(project: Project, name: string): string {
  return `${project.environments}/${name}/image.yaml`;
}

/** What stands in a file of the project; throws a FindingsError where it is missing or no YAML. */
export function loadYaml({ root, environments }: Project, path: string): Source {
  const text = readIfThere(root, path);
  if (text !== undefined) return parseYaml(text, path);
  const hint = path.startsWith(`${environments}/`)
    ? `every folder in ${environments}/ is an environment; \`brolly new\` makes one with all its files`
    : undefined;
  throw missingFile(path, hint);
}

function missingFile(file: string, hint: string | undefined): FindingsError {
  const message = 'this file is missing';
  return new FindingsError([{ severity: 'error', code: 'missing-file', file, message, ...(hint && { hint }) }]);
}

/** Reads an environment's files and those that it extends. Throws a FindingsError with every problem of reading them. */
export function loadEnvironment(
  project: Project,
  name: string,
  known: readonly string[],
  withImages: boolean,
): EnvironmentSources {
  const findings: Finding[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof FindingsError)) throw error;
      findings.push(...error.findings);
      return undefined;
    }
  };
  const layers = attempt(() => loadLayers(project, name, known));
  const own = layers?.at(-1)?.value;
  const abstract = isObject(own) && own.abstract === true;
  const images = withImages && !abstract ? attempt(() => loadYaml(project, imageFile(project, name))) : undefined;
  if (findings.length > 0 || layers === undefined) throw new FindingsError(findings);
  return { name, layers, abstract, ...(images && { images }) };
}

function loadLayers(project: Project, name: string, known: readonly string[]): Source[] {
  const layers: Source[] = [];
  const seen: string[] = [];
  for (let next: string | undefined = name; next !== undefined;) {
    const source = loadYaml(project, environmentFile(project, next));
    const base = isObject(source.value) ? source.value.extends : undefined;
    seen.push(next);
    layers.unshift(source);
    next = typeof base === 'string' ? base : undefined; // anything else is for the schema to refuse
    if (next !== undefined) checkExtends(source, next, seen, known);
  }
  return layers;
}

/** The environments that change with one: itself, and all that extend it, also by way of others. */
export function listHeirs(project: Project, name: string): string[] {
  const bases = listEnvironments(project).map((each) => ({ each, base: readBase(project, each) }));
  const heirs = new Set([name]);
  for (let size = 0; size < heirs.size;) {
    size = heirs.size;
    for (const { each, base } of bases) if (base !== undefined && heirs.has(base)) heirs.add(each);
  }
  return [...heirs];
}

/** What an environment extends; undefined as well where its file cannot be read, which whoever generates it will tell. */
function readBase(project: Project, name: string): string | undefined {
  const text = readIfThere(project.root, environmentFile(project, name)) ?? '';
  if (!text.includes('extends')) return undefined;
  try {
    return textOf(objectOf(parseYaml(text, '').value).extends);
  } catch (error) {
    if (error instanceof FindingsError) return undefined;
    throw error;
  }
}

function checkExtends(source: Source, base: string, seen: readonly string[], known: readonly string[]): void {
  const finding = (code: string, message: string, hint: string): FindingsError =>
    new FindingsError([
      { severity: 'error', code, message, hint, file: source.file, ...source.position(['extends']), path: 'extends' },
    ]);
  if (seen.includes(base)) {
    const circle = [...seen.slice(seen.indexOf(base)), base].join(' → ');
    throw finding('extends-cycle', `environments extend each other in a circle: ${circle}`, 'remove one "extends"');
  }
  if (known.includes(base)) return;
  const meant = nearest(base, known);
  const hint = meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`;
  throw finding('unknown-environment', `there is no environment "${base}" to extend`, hint);
}

/** Reads a JSON Schema; undefined where there is no such file. Throws a FindingsError with everything that is wrong in it. */
export function loadSchemaIfThere(root: string, path: string): Schema | undefined {
  const text = readIfThere(root, path);
  if (text === undefined) return undefined;
  const schema = parseJson(text, path);
  const faults = isObject(schema) ? findSchemaFaults(schema) : [{ at: [], message: 'a JSON Schema is an object' }];
  if (isObject(schema) && faults.length === 0) return schema;
  const source = parseYaml(text, path); // JSON is YAML, and so read it keeps its places
  throw new FindingsError(
    faults.map(({ at, message }) => ({
      ...{ severity: 'error', code: 'wrong-schema', message, file: path, path: formatPath(at) },
      ...source.position(at),
    })),
  );
}

/** Reads a JSON Schema that has to be there. */
export function loadSchema(root: string, path: string): Schema {
  const schema = loadSchemaIfThere(root, path);
  if (schema !== undefined) return schema;
  throw missingFile(path, 'brolly.yaml says where the environments are; `brolly init` writes a first schema for them');
}

/** The chart's subcharts that lie unpacked in its folder, each by the name under which its values stand: its alias, if it has one. */
export function loadSubcharts(project: Project): ChartFolder[] {
  const { root, chart } = project;
  const dependencies = objectsIn(loadYaml(project, `${chart}/Chart.yaml`).value, 'dependencies');
  return listFolders(root, `${chart}/charts`).flatMap((folder) => {
    const path = `${chart}/charts/${folder}`;
    const schema = loadSchemaIfThere(root, `${path}/values.schema.json`);
    const about = readIfThere(root, `${path}/Chart.yaml`) ?? '';
    const own = textOf(objectOf(parseYaml(about, `${path}/Chart.yaml`).value).name) || folder;
    const aliases = dependencies.filter(({ name }) => name === own).map(({ alias }) => textOf(alias) || own);
    const names = aliases.length === 0 ? [own] : [...new Set(aliases)];
    return names.map((name) => ({ name, path, ...(schema && { schema }) }));
  });
}

/** The values.yaml of a chart; an empty object where it has none. */
export function loadChartValues(project: Project, path: string): JsonObject {
  const text = readIfThere(project.root, `${path}/values.yaml`);
  const value = text === undefined ? {} : parseYaml(text, `${path}/values.yaml`).value;
  return isObject(value) ? value : {};
}

/** The chart's name, as its Chart.yaml says. */
export function loadChartName(project: Project): string {
  const source = loadYaml(project, `${project.chart}/Chart.yaml`);
  const name = isObject(source.value) ? source.value.name : undefined;
  if (typeof name === 'string') return name;
  throw new FindingsError([
    { severity: 'error', code: 'chart-name', message: 'the chart has no name', file: source.file, line: 1, column: 1 },
  ]);
}

/**
 * What an environment installs as one application each: one for every file that says which subcharts it enables, or one
 * named like the chart.
 */
export function listComponents(
  project: Pick<Project, 'root' | 'chart'>,
  chartName: string,
): Omit<Component, 'namespace'>[] {
  const files = listFiles(project.root, `${project.chart}/components`);
  if (files.length === 0) return [{ name: chartName }];
  return files.map((file) => ({
    name: file.replace(/\.yaml$/, ''),
    file: `${project.chart}/components/${file}`,
  }));
}
