import { Failure } from '../errors.js';
import type { Json, JsonObject } from '../model.js';
import { alternatives, markerOf, shows, type Alternatives } from './alternatives.js';
import { guardedBases } from './guards.js';
import type { Leaf } from './leaves.js';
import { overlay, reaches, type KeyPath } from './paths.js';
import type { Base, MakeBase } from './render.js';
import type { Scan } from './scan.js';

export interface Probe {
  readonly leaves: readonly Leaf[];
  readonly scan: Pick<Scan, 'reads' | 'apiVersions'>;
  /** Further values to start from; the more parts of the chart are on in one of them, the less is left to find. */
  readonly sets: readonly JsonObject[];
  readonly makeBase: MakeBase;
  /** Called as the work goes on. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * The leaves that change nothing in any manifest, whatever else they are set to. Helm renders the chart with other values:
 * first many leaves at once, then those that are still in doubt one by one, also with what they hide behind switched on.
 */
export async function findDead({ leaves, scan, sets, makeBase, progress }: Probe): Promise<Leaf[]> {
  const readsOf = new Map(leaves.map((leaf) => [leaf, scan.reads.filter((read) => reaches(read, leaf.path))]));
  const others = new Map([...readsOf].map(([leaf, reads]) => [leaf, alternatives(leaf, reads)]));
  const apiVersions = [...scan.apiVersions];
  const bases = await makeBases(makeBase, [{}, switchedOn(leaves), ...sets], apiVersions);
  const guarded = guardedBases((values) => makeBase(values, apiVersions), others);

  const unread = leaves.filter((leaf) => readsOf.get(leaf)?.length === 0);
  const dead = await inGroups(unread, (group) => anyChange(bases, group, others));
  const doubtful = new Set(leaves.filter((leaf) => !unread.includes(leaf)));
  for (const base of bases) for (const leaf of await marked(base, [...doubtful])) doubtful.delete(leaf);

  let done = leaves.length - doubtful.size;
  progress(done, leaves.length);
  const still = await Promise.all(
    [...doubtful].map(async (leaf) => {
      const [first = [], rest = []] = [others.get(leaf)?.slice(0, 1), others.get(leaf)?.slice(1)];
      const behind = (): Promise<Base[]> => guarded(leaf, readsOf.get(leaf) ?? []);
      const alive =
        (await changes(bases, leaf, first)) ||
        (await changes(await behind(), leaf, first)) ||
        (await changes([...bases, ...(await behind())], leaf, rest));
      progress(++done, leaves.length);
      return alive ? undefined : leaf;
    }),
  );
  return [...dead, ...still.filter((leaf) => leaf !== undefined)];
}

/** One base for each set of values that can be rendered, also for a cluster with further APIs. Fails where none can. */
async function makeBases(makeBase: MakeBase, sets: readonly JsonObject[], apis: readonly string[]): Promise<Base[]> {
  const clusters = apis.length === 0 ? [[]] : [[], apis];
  const made = await Promise.all(sets.flatMap((values) => clusters.map((cluster) => makeBase(values, cluster))));
  const bases = made.filter((base) => typeof base !== 'string');
  if (bases.length > 0) return bases;
  throw new Failure('helm cannot render the chart as it is', { hint: made.map(String)[0] ?? '' });
}

/** Every switch of the chart on. */
function switchedOn(leaves: readonly Leaf[]): JsonObject {
  return overlay(leaves.filter(({ value }) => value === false).map(({ path }): [KeyPath, Json] => [path, true]));
}

/** Whether a group of leaves changes anything when all of them are other than they were. */
async function anyChange(bases: readonly Base[], group: readonly Leaf[], others: Alternatives): Promise<boolean> {
  const values = overlay(
    group.flatMap((leaf) => (others.get(leaf) ?? []).slice(0, 1).map((value): [KeyPath, Json] => [leaf.path, value])),
  );
  const renderings = await Promise.all(bases.map((base) => base.render(values)));
  return renderings.some(({ text, failed }, at) => failed || text !== bases[at]?.text);
}

/** The leaves of which no group changes anything: a group that does is halved until it is one leaf. */
async function inGroups(
  group: readonly Leaf[],
  changed: (group: readonly Leaf[]) => Promise<boolean>,
): Promise<Leaf[]> {
  if (group.length === 0 || !(await changed(group))) return [...group];
  if (group.length === 1) return [];
  const half = Math.ceil(group.length / 2);
  return [...(await inGroups(group.slice(0, half), changed)), ...(await inGroups(group.slice(half), changed))];
}

/** The leaves that are found again in the manifests when each holds a marker of its own. */
async function marked(base: Base, group: readonly Leaf[]): Promise<Leaf[]> {
  const markers = group.flatMap((leaf, index) => {
    const marker = markerOf(leaf, index);
    return marker === undefined || shows(base.text, marker) ? [] : [{ leaf, marker }];
  });
  if (markers.length === 0) return [];
  const { text, failed } = await base.render(overlay(markers.map(({ leaf, marker }) => [leaf.path, marker])));
  if (!failed) return markers.filter(({ marker }) => shows(text, marker)).map(({ leaf }) => leaf);
  if (markers.length === 1) return []; // one by one, it is tried with values that it may have
  const half = Math.ceil(markers.length / 2);
  const halves = [markers.slice(0, half), markers.slice(half)].map((part) =>
    marked(
      base,
      part.map(({ leaf }) => leaf),
    ),
  );
  return (await Promise.all(halves)).flat();
}

/** Whether one of the values changes one of the bases. What Helm refuses was read. */
async function changes(bases: readonly Base[], { path }: Leaf, values: readonly Json[]): Promise<boolean> {
  for (const value of values)
    for (const base of bases) {
      const { text, failed } = await base.render(overlay([[path, value]]));
      if (failed || text !== base.text) return true;
    }
  return false;
}
