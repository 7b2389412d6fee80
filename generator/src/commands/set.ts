import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { readText } from '../files.js';
import { environmentFile } from '../load.js';
import { parsePath, type Json, type Path, type Schema } from '../model.js';
import { chooseEnvironments, openGenerator, type Generator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { schemaAt } from '../schema.js';
import { editYaml, parseYaml } from '../yaml.js';
import { editAndGenerate } from './edit.js';

export interface SetOptions {
  readonly environment: string;
  /** `PATH=VALUE` sets, `PATH-` removes. */
  readonly assignments: readonly string[];
  readonly format?: 'text' | 'json';
}

/**
 * Sets values in environment.yaml, comments kept, then generates. A path is one of environment.yaml, or else one of the
 * chart's values, which goes below `values:`. A value is read as YAML, but as text where the schema wants text.
 */
export async function set(
  context: Context,
  { environment, assignments, format = 'text' }: SetOptions,
): Promise<number> {
  const project = await loadProject(context.root);
  const generator = openGenerator(project);
  chooseEnvironments(generator, [environment]);
  const path = environmentFile(project, environment);
  let text = await readText(context.root, path);
  for (const assignment of assignments) {
    const { at, value } = parseAssignment(generator, assignment);
    text = editYaml(text, at, value);
  }
  return editAndGenerate(context, [{ path, text }], { environments: [environment], format });
}

function parseAssignment(generator: Generator, assignment: string): { at: Path; value: Json | undefined } {
  const match = /^([^=]+?)(?:-|=([^]*))$/.exec(assignment);
  const [, name = '', value] = match ?? [];
  if (match === null || name === '')
    throw new Failure(`"${assignment}" is no assignment`, { hint: 'write PATH=VALUE to set, or PATH- to remove' });
  const path = parsePath(name);
  const { at, schema } = findPlace(generator, path);
  if (value === undefined) return { at, value: undefined };
  return { at, value: schema?.type === 'string' ? value : parseYaml(value, assignment).value };
}

/** Where a path belongs: in the environment itself if its schema knows it, else below `values:`. */
function findPlace({ schemas, contract }: Generator, path: Path): { at: Path; schema: Schema | undefined } {
  if (path[0] === 'values') return { at: path, schema: schemaAt(contract.schema, path.slice(1)) };
  const own = schemaAt(schemas.environment, path);
  if (own !== undefined) return { at: path, schema: own };
  const chart = schemaAt(contract.schema, path);
  if (chart !== undefined) return { at: ['values', ...path], schema: chart };
  // unknown to both: the check of the file says what is wrong with it, and what may have been meant
  return { at: path, schema: undefined };
}
