import { isObject, type Json, type JsonObject } from '../model.js';
import { canonical, compare } from './compare.js';
import type { Change } from './model.js';

/** The fields that name an item, the first that fits a list; as Kubernetes' own list map keys wherever it has them. */
const IDENTITIES: readonly (readonly string[])[] = [
  ['name'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['mountPath'],
  ['key'],
  ['id'],
];
/** The same volume may be mounted twice, so its name names no mount. */
const MOUNTS: readonly (readonly string[])[] = [['mountPath']];

/** Items are matched by identity where every item has one of its own, else by content; a new order is told as moves. */
export function compareLists(from: readonly Json[], to: readonly Json[], path: string): Change[] {
  const identity = findIdentity(path, [from, to]);
  return identity === undefined ? compareByContent(from, to, path) : compareByIdentity(from, to, path, identity);
}

/** Names of the items of a list that stands on one side only, or nothing where they have none. */
export function itemNames(path: string, list: readonly Json[]): string[] {
  const identity = findIdentity(path, [list]);
  return identity === undefined ? [] : list.map((item) => nameOf(item, identity) ?? '');
}

function findIdentity(path: string, lists: readonly (readonly Json[])[]): readonly string[] | undefined {
  if (lists.every((list) => list.length === 0)) return undefined;
  const candidates = path.endsWith('volumeMounts') ? MOUNTS : IDENTITIES;
  return candidates.find((identity) =>
    lists.every((list) => {
      const names = list.map((item) => nameOf(item, identity));
      return !names.includes(undefined) && new Set(names).size === names.length;
    }),
  );
}

function nameOf(item: Json, identity: readonly string[]): string | undefined {
  if (!isObject(item)) return undefined;
  const metadata = isObject(item.metadata) ? item.metadata : {}; // a claim template has its name there
  const defaults: JsonObject = { protocol: 'TCP', ...('name' in metadata ? { name: metadata.name ?? null } : {}) };
  const parts = identity.map((field) => item[field] ?? defaults[field]);
  return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts.join('/') : undefined;
}

function compareByIdentity(
  from: readonly Json[],
  to: readonly Json[],
  path: string,
  identity: readonly string[],
): Change[] {
  const names = (list: readonly Json[]): string[] => list.map((item) => nameOf(item, identity) ?? '');
  const [before, after] = [names(from), names(to)];
  const place = new Map(after.map((name, index) => [name, index]));
  const changes = before.flatMap((name, index) => {
    const found = place.get(name);
    return compare(from[index], found === undefined ? undefined : to[found], `${path}[${name}]`);
  });
  const known = new Map(before.map((name, index) => [name, index]));
  const added = after.flatMap((name, index) =>
    known.has(name) ? [] : compare(undefined, to[index], `${path}[${name}]`),
  );
  const common = after.filter((name) => known.has(name));
  const kept = longestIncreasing(common.map((name) => known.get(name) ?? 0));
  const moves = common
    .filter((name) => !kept.has(known.get(name) ?? 0))
    .map((name): Change => ({
      kind: 'moved',
      path: `${path}[${name}]`,
      from: known.get(name) ?? 0,
      to: place.get(name) ?? 0,
    }));
  return [...changes, ...added, ...moves];
}

/** The largest set of items that keep their order; all others have moved. */
function longestIncreasing(places: readonly number[]): Set<number> {
  const tails: number[] = []; // index in `places` of the smallest end of a run of each length
  const previous = new Map<number, number | undefined>();
  for (const [index, value] of places.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous.set(index, tails[low - 1]);
    tails[low] = index;
  }
  const kept = new Set<number>();
  for (let index = tails.at(-1); index !== undefined; index = previous.get(index)) kept.add(places[index] ?? 0);
  return kept;
}

/** What both lists hold is set aside; of the rest, the first of one side is compared with the first of the other, and so on. */
function compareByContent(from: readonly Json[], to: readonly Json[], path: string): Change[] {
  const left = without(from, to);
  const right = without(to, from);
  const pairs = Math.max(left.length, right.length);
  const changes = Array.from({ length: pairs }, (_, index) => {
    const [before, after] = [left[index], right[index]];
    return compare(before?.item, after?.item, `${path}[${String((after ?? before)?.index)}]`);
  }).flat();
  const order = (list: readonly Json[], gone: readonly { index: number }[]): string => {
    const skip = new Set(gone.map(({ index }) => index));
    return list
      .filter((_, index) => !skip.has(index))
      .map(canonical)
      .join();
  };
  const moved = order(from, left) !== order(to, right);
  return moved ? [...changes, { kind: 'moved', path }] : changes;
}

/** Items of `list` that `other` does not hold, counting how often. */
function without(list: readonly Json[], other: readonly Json[]): { item: Json; index: number }[] {
  const counts = new Map<string, number>();
  for (const item of other) counts.set(canonical(item), (counts.get(canonical(item)) ?? 0) + 1);
  return list.flatMap((item, index) => {
    const left = counts.get(canonical(item)) ?? 0;
    counts.set(canonical(item), left - 1);
    return left > 0 ? [] : [{ item, index }];
  });
}
