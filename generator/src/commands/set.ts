import type { Context } from '../context.js';
import { Failure, FindingsError } from '../errors.js';
import { findPath } from '../known-paths.js';
import { environmentFile, listHeirs, loadYaml } from '../load.js';
import { formatPath, isObject, parsePath, type Json, type Path, type Schema } from '../model.js';
import { chooseEnvironments, openGenerator, type Generator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { editYaml, parseYaml } from '../yaml.js';
import { editAndGenerate } from './edit.js';

export interface SetOptions {
  readonly environment: string;
  /** `PATH=VALUE` sets, `PATH-` removes. */
  readonly assignments: readonly string[];
  readonly format?: 'text' | 'json';
}

/**
 * Sets values in environment.yaml, comments kept, then generates that environment and all that extend it. A path is one of
 * environment.yaml, or else one of the chart's values, which goes below `values:`.
 */
export async function set(
  context: Context,
  { environment, assignments, format = 'text' }: SetOptions,
): Promise<number> {
  const { root, terminal } = context;
  const project = await loadProject(root);
  const generator = openGenerator(project);
  chooseEnvironments(generator, [environment]);
  const path = environmentFile(project, environment);
  let { text } = loadYaml(project, path);
  for (const assignment of assignments) {
    const { at, value } = parseAssignment(assignment);
    const places = placesOf(generator, at, parseYaml(text, path).value, value === undefined);
    const [place] = places;
    if (place === undefined) terminal.err(`${path} has no ${formatPath(at)} to remove`);
    else text = editYaml(text, place.at, value === undefined ? undefined : readValue(assignment, value, place.schema));
  }
  const heirs = listHeirs(project, environment);
  return editAndGenerate(context, [{ path, text }], { environments: heirs, format });
}

/** A value as it was given; undefined where it is to be removed. */
function parseAssignment(assignment: string): { at: Path; value: string | undefined } {
  const [, name = '', value] = /^([^=]+?)(?:-|=([^]*))$/.exec(assignment) ?? [];
  if (name !== '') return { at: parsePath(name), value };
  throw new Failure(`"${assignment}" is no assignment`, { hint: 'write PATH=VALUE to set, or PATH- to remove' });
}

interface Where {
  readonly at: Path;
  readonly schema: Schema | undefined;
}

/**
 * Where a path belongs in environment.yaml: its own word if it has one, else below `values:`. What is to be removed is
 * wherever it stands, even where no schema has it; nowhere, if it does not.
 */
function placesOf(generator: Generator, given: Path, said: Json, isRemoved: boolean): Where[] {
  if (isRemoved) {
    const found = [given, ['values', ...given]].filter((at) => isThere(said, at));
    if (found.length > 0) return found.map((at) => ({ at, schema: undefined }));
  }
  const { own, chart, path } = findPath(generator, given);
  if (isRemoved) return [];
  return [own === undefined ? { at: ['values', ...path], schema: chart } : { at: path, schema: own }];
}

function isThere(value: Json | undefined, [step, ...rest]: Path): boolean {
  if (step === undefined) return value !== undefined;
  if (Array.isArray(value)) return typeof step === 'number' && isThere(value[step], rest);
  return isObject(value) && isThere(value[step], rest);
}

/** A value is read as YAML, but as text where the schema wants text. */
function readValue(assignment: string, text: string, schema: Schema | undefined): Json {
  if (schema?.type === 'string') return text;
  try {
    return parseYaml(text, '').value;
  } catch (error) {
    if (!(error instanceof FindingsError)) throw error;
    const [finding] = error.findings;
    throw new Failure(`the value in ${assignment} is no YAML: ${finding?.message ?? ''}`, {
      ...(finding?.hint !== undefined && { hint: finding.hint }),
    });
  }
}
