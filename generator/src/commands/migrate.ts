import type { Context } from '../context.js';
import type { Deprecated } from '../deprecated.js';
import { EXIT, FindingsError, type Finding } from '../errors.js';
import { readIfThere } from '../files.js';
import { deprecatedIn } from '../inspect.js';
import { environmentFile, imageFile } from '../load.js';
import { formatPath, isObject, type Json, type Path } from '../model.js';
import { chooseEnvironments, openGenerator, type Generator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { moveYaml, parseYaml, type Source } from '../yaml.js';
import { editAndGenerate, type Edit } from './edit.js';

export interface MigrateOptions {
  /** Default: all, with those that others only extend. */
  readonly environments?: readonly string[];
  readonly format?: 'text' | 'json';
}

/**
 * Moves every value that stands under a deprecated key to the key that replaces it, comments kept, then generates everything.
 * Nothing is written when a file has both keys, or when what comes out is not valid.
 */
export async function migrate(context: Context, options: MigrateOptions): Promise<number> {
  const { root, terminal } = context;
  const { environments = [], format = 'text' } = options;
  const generator = openGenerator(await loadProject(root));
  const migrated = chooseEnvironments(generator, environments).flatMap((name) => migrateFiles(generator, name));
  const conflicts = migrated.flatMap(({ conflict }) => conflict ?? []);
  if (conflicts.length > 0) throw new FindingsError(conflicts);
  const changed = migrated.filter(({ moves }) => moves.length > 0);
  for (const { path, moves } of changed) {
    for (const { at, to } of moves) terminal.err(`${path}: ${formatPath(at)} → ${formatPath(to)}`);
  }
  if (changed.length > 0) return editAndGenerate(context, changed, { format });
  terminal.err('no key is deprecated');
  return EXIT.ok;
}

interface Migrated extends Edit {
  readonly moves: readonly Move[];
  /** Set when the file has both keys. */
  readonly conflict?: Finding;
}

interface Move {
  readonly at: Path;
  readonly to: Path;
}

function migrateFiles({ project, schemas, contract }: Generator, name: string): Migrated[] {
  const migrateFile = (path: string, find: (source: Source) => readonly Deprecated[]): Migrated[] => {
    const text = readIfThere(project.root, path);
    return text === undefined ? [] : [migrateText(path, text, find)];
  };
  const { environment, images } = schemas;
  return [
    ...migrateFile(environmentFile(project, name), (source) => deprecatedIn(source, environment, contract.schema)),
    ...migrateFile(imageFile(project, name), (source) => (images === undefined ? [] : deprecatedIn(source, images))),
  ];
}

/** One move at a time: each may carry others along, and its target may be deprecated too. */
function migrateText(path: string, before: string, find: (source: Source) => readonly Deprecated[]): Migrated {
  const moves: Move[] = [];
  for (let text = before; ;) {
    const source = parseYaml(text, path);
    const next = find(source).find(
      ({ at, replacedBy }) => replacedBy !== undefined && !moves.some((move) => same(move, at)),
    );
    if (next?.replacedBy === undefined) return { path, text, moves };
    const { at, replacedBy: to } = next;
    if (isTaken(source.value, to)) return { path, text: before, moves: [], conflict: both(source, at, to) };
    text = moveYaml(text, at, to);
    moves.push({ at, to });
  }
}

/** Keys that replace each other in a circle are moved once. */
function same({ at }: Move, path: Path): boolean {
  return formatPath(at) === formatPath(path);
}

/** Whether a value cannot be put at `path` without losing another. */
function isTaken(value: Json | undefined, [step, ...rest]: Path): boolean {
  if (step === undefined) return value !== undefined;
  if (value === undefined || value === null) return false;
  return !isObject(value) || isTaken(value[step], rest);
}

function both(source: Source, at: Path, to: Path): Finding {
  return {
    severity: 'error',
    code: 'deprecated-key',
    message: `"${formatPath(to)}" replaces "${formatPath(at)}", and the file has both`,
    hint: 'remove one of them',
    file: source.file,
    ...source.position(at, 'key'),
    path: formatPath(at),
  };
}
