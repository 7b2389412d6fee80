import { FindingsError, type Finding } from './errors.js';
import { listFiles, listFolders, readText, readTextIfThere } from './files.js';
import { isObject, type Component, type Schema } from './model.js';
import { parseYaml, type Source } from './yaml.js';

/** The umbrella chart, relative to the repository root. */
export const CHART = 'charts/ml-platform';

/** What one environment's folder holds, parsed but not yet checked. */
export interface EnvironmentSources {
  readonly name: string;
  readonly environment: Source;
  readonly images: Source;
}

/** Names of all environments: the folders of `environments/`. */
export function listEnvironments(root: string): Promise<string[]> {
  return listFolders(root, 'environments');
}

/** Reads both files of each environment. Throws every syntax error of all files at once. */
export async function loadEnvironments(root: string, names: readonly string[]): Promise<EnvironmentSources[]> {
  const findings: Finding[] = [];
  const read = async (path: string): Promise<Source | undefined> => {
    const text = await readTextIfThere(root, path);
    if (text === undefined) {
      findings.push({ severity: 'error', code: 'missing-file', file: path, message: 'this file is missing' });
      return undefined;
    }
    try {
      return parseYaml(text, path);
    } catch (error) {
      if (!(error instanceof FindingsError)) throw error;
      findings.push(...error.findings);
      return undefined;
    }
  };
  const loaded = await Promise.all(
    names.map(async (name) => {
      const environment = await read(`environments/${name}/environment.yaml`);
      const images = await read(`environments/${name}/image.yaml`);
      return environment && images ? { name, environment, images } : undefined;
    }),
  );
  if (findings.length > 0) throw new FindingsError(findings);
  return loaded.filter((sources) => sources !== undefined);
}

/** Reads a JSON Schema. */
export async function loadSchema(root: string, path: string): Promise<Schema> {
  const schema: unknown = JSON.parse(await readText(root, path));
  if (!isObject(schema)) throw new Error(`${path} does not hold a JSON object`);
  return schema;
}

/** The schemas of the umbrella's subcharts, by chart name. */
export async function loadSubchartSchemas(root: string): Promise<Map<string, Schema>> {
  const names = await listFolders(root, `${CHART}/charts`);
  const schemas = await Promise.all(
    names.map((name) => loadSchema(root, `${CHART}/charts/${name}/values.schema.json`)),
  );
  return new Map(names.map((name, index) => [name, schemas[index] ?? {}]));
}

/** Names of the components, from the files that say which subcharts each of them enables. */
export async function listComponents(root: string): Promise<Pick<Component, 'name' | 'file'>[]> {
  const files = await listFiles(root, `${CHART}/components`);
  return files.map((file) => ({ name: file.replace(/\.yaml$/, ''), file: `${CHART}/components/${file}` }));
}
