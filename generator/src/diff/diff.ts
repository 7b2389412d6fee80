import type { Json } from '../model.js';
import { compare } from './compare.js';
import { findDangers } from './dangers.js';
import { createMasker, type Masker } from './mask.js';
import type { Change, Counts, EnvironmentDiff } from './model.js';
import { compareObject, pairObjects, type Rendered } from './objects.js';
import { pairRenamed } from './renames.js';
import { loadSide, type Render, type Side } from './side.js';
import type { Tree } from './tree.js';

/** One environment on both sides; undefined on a side that does not have it. */
export interface EnvironmentSides {
  readonly name: string;
  readonly from: Side | undefined;
  readonly to: Side | undefined;
}

/** Loads and renders the environments of both trees, then compares them. */
export async function diffTrees(
  base: Tree,
  head: Tree,
  names: readonly string[],
  render: Render,
): Promise<EnvironmentDiff[]> {
  const load = async (tree: Tree, name: string): Promise<Side | undefined> => {
    const error = tree.errors.get(name);
    if (error !== undefined) return { values: {}, objects: [], error };
    return tree.environments.includes(name) ? loadSide(tree.project, name, render) : undefined;
  };
  const loaded = names.map(async (name): Promise<EnvironmentSides> => {
    const [from, to] = await Promise.all([load(base, name), load(head, name)]);
    return { name, from, to };
  });
  return diffSides(await Promise.all(loaded));
}

/** mask → compare → find dangers. Nothing unmasked leaves this function. */
export function diffSides(environments: readonly EnvironmentSides[]): EnvironmentDiff[] {
  const sides = environments.flatMap(({ from, to }) => [from, to]).filter((side) => side !== undefined);
  const masker = createMasker(
    sides.flatMap(({ values, objects }): Json[] => [values, ...objects.map(({ manifest }) => manifest)]),
  );
  return environments.map(({ name, from, to }) => diffEnvironment(name, mask(from, masker), mask(to, masker)));
}

function mask(side: Side | undefined, masker: Masker): Side | undefined {
  if (side === undefined) return undefined;
  return {
    values: masker.value(side.values),
    objects: side.objects.map((object): Rendered => ({ ...object, manifest: masker.value(object.manifest) })),
    ...(side.error === undefined ? {} : { error: masker.text(side.error) }),
  };
}

function diffEnvironment(name: string, from: Side | undefined, to: Side | undefined): EnvironmentDiff {
  const errors = (['base', 'head'] as const).flatMap((side) => {
    const message = (side === 'base' ? from : to)?.error;
    return message === undefined ? [] : [{ side, message }];
  });
  const failed = errors.length > 0;
  const whole = from === undefined || to === undefined;
  // a head that could not be generated has no values to compare with
  const values = failed && (isEmpty(from?.values) || isEmpty(to?.values)) ? [] : compare(from?.values, to?.values);
  const pairs = failed ? [] : pairObjects(from?.objects ?? [], to?.objects ?? []);
  const objects = pairRenamed(pairs).flatMap(compareObject);
  const changed = values.length > 0 || objects.length > 0;
  return {
    name,
    status: failed
      ? 'failed'
      : from === undefined
        ? 'added'
        : to === undefined
          ? 'removed'
          : changed
            ? 'changed'
            : 'unchanged',
    errors,
    dangers: from === undefined ? [] : findDangers(pairs), // nothing that runs can be harmed by a new environment
    values: whole ? [] : values,
    objects: whole ? [] : objects,
    counts: {
      values: count(values.map(({ kind }) => kind)),
      objects: count(objects.flatMap(({ change }) => (change === 'renamed' ? ['removed', 'added'] : change))),
    },
  };
}

function isEmpty(values: Json | undefined): boolean {
  return typeof values === 'object' && values !== null && Object.keys(values).length === 0;
}

/** A move is a change. */
function count(kinds: readonly Change['kind'][]): Counts {
  const of = (wanted: Change['kind']): number => kinds.filter((kind) => kind === wanted).length;
  return { added: of('added'), removed: of('removed'), changed: of('changed') + of('moved') };
}
