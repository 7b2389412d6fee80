import type { Json, JsonObject } from '../model.js';
import type { Alternatives } from './alternatives.js';
import type { Leaf } from './leaves.js';
import { overlay, reaches, type KeyPath } from './paths.js';
import type { Base, MakeBase } from './render.js';
import type { Read } from './scan.js';

/** Guards are satisfied in at most so many ways for one leaf, so that a chart of a thousand conditions comes to an end. */
const MAX_WAYS = 12;

/** Gives the bases in which the places that read a leaf are reached; each is rendered once, whoever asks for it. */
export function guardedBases(
  makeBase: MakeBase,
  all: Alternatives,
): (leaf: Leaf, reads: readonly Read[]) => Promise<Base[]> {
  const made = new Map<string, Promise<Base | string>>();
  return async (leaf, reads) => {
    const bases = guardedValues(leaf, reads, all).map((values) => {
      const key = JSON.stringify(values);
      const base = made.get(key) ?? makeBase(values);
      made.set(key, base);
      return base;
    });
    return (await Promise.all(bases)).filter((base) => typeof base !== 'string');
  };
}

/** Values with which the conditions around a leaf hold, then those with which one of them is something else as well. */
function guardedValues(leaf: Leaf, reads: readonly Read[], all: Alternatives): JsonObject[] {
  const sets = reads.flatMap(({ guards }) => {
    const around = [...all].flatMap(([other, values]) => {
      const guard = guards.find(({ path }) => other !== leaf && reaches({ path, whole: true }, other.path));
      return guard === undefined ? [] : [{ ...other, values, negated: guard.negated }];
    });
    const held = around.flatMap(({ path, value, values, negated }): [KeyPath, Json][] => {
      if (isFalsy(value) === negated) return [];
      const other = values.find((each) => isFalsy(each) === negated);
      return other === undefined ? [] : [[path, other]];
    });
    const further = around.flatMap(({ path, value, values }) =>
      [value ?? null, ...values].map((each): [KeyPath, Json][] => [...held, [path, each]]),
    );
    return [...(held.length > 0 ? [held] : []), ...further];
  });
  const different = new Map(sets.map(overlay).map((values) => [JSON.stringify(values), values]));
  return [...different.values()].slice(0, MAX_WAYS);
}

function isFalsy(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === 0 ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
