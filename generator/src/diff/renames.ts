import type { Json } from '../model.js';
import { leaves } from './compare.js';
import type { Pair } from './objects.js';

/** Of what two objects hold, so much has to be the same in both for one to be the other under a new name. */
const ALIKE = 0.6;

/**
 * Puts together what only one side has where it is the same object by another name, or in another namespace: the most alike
 * first. The cluster knows no renaming: the old object is removed and the new one made.
 */
export function pairRenamed(pairs: readonly Pair[]): Pair[] {
  const gone = pairs.filter(({ to }) => to === undefined);
  const made = pairs.filter(({ from }) => from === undefined);
  const candidates = gone
    .flatMap((old) =>
      made.filter(({ kind }) => kind === old.kind).map((now) => ({ old, now, like: likeness(old, now) })),
    )
    .filter(({ like }) => like >= ALIKE)
    .sort((a, b) => b.like - a.like);
  const renamed = new Map<Pair, Pair>();
  const taken = new Set<Pair>();
  for (const { old, now } of candidates) {
    if (taken.has(old) || taken.has(now)) continue;
    taken.add(old).add(now);
    const was = { ...(old.namespace !== undefined && { namespace: old.namespace }), name: old.name };
    renamed.set(now, { ...now, ...(old.from && { from: old.from }), was });
  }
  return pairs.filter((pair) => !taken.has(pair) || renamed.has(pair)).map((pair) => renamed.get(pair) ?? pair);
}

/** The share of the leaves of two objects that both have; names and labels are much the same in all objects of a chart. */
function likeness({ from }: Pair, { to }: Pair): number {
  const [before, after] = [contentOf(from), contentOf(to)];
  const common = [...before].filter((leaf) => after.has(leaf)).length;
  return before.size + after.size === 0 ? 1 : (2 * common) / (before.size + after.size);
}

function contentOf(manifest: Json | undefined): Set<string> {
  const found = leaves(manifest ?? null, '').filter(([path]) => !/^(?:apiVersion|kind|metadata\b)/.test(path));
  return new Set(found.map(([path, value]) => `${path}=${JSON.stringify(value)}`));
}
