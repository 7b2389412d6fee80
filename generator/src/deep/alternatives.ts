import { isObject, type Json, type JsonObject } from '../model.js';
import type { Leaf } from './leaves.js';
import { startsWith } from './paths.js';
import type { Read } from './scan.js';
import { ANY } from './shape.js';

/** Text that no chart holds by chance. */
const PROBE = 'zqprobe';

/** What each leaf could be instead. */
export type Alternatives = ReadonlyMap<Leaf, readonly Json[]>;

/** Of the texts that templates compare a value with, so many are tried. */
const MAX_COMPARED = 6;

/**
 * Values that a leaf could have instead of the one it has, the likeliest to show first: what its schema allows and
 * the templates compare it with, the opposite, something of the same kind, nothing. For a list or an object also one of the shape that the templates read.
 */
export function alternatives({ path, value, schema = {} }: Leaf, reads: readonly Read[]): Json[] {
  const suggested = [schema.enum, schema.examples].flatMap((list) => (Array.isArray(list) ? list : []));
  const within = reads.filter((read) => startsWith(read.path, path));
  const shape = sample(within.map((read) => read.path.slice(path.length)));
  const own = value ?? emptyOf(schema.type);
  const compared = typeof own === 'string' || own === null ? within.flatMap(({ beside }) => beside) : [];
  const found = [...suggested, ...[...new Set(compared)].slice(0, MAX_COMPARED), ...likeIt(own, shape)];
  const byText = new Map(found.map((each) => [JSON.stringify(each), each]));
  byText.delete(JSON.stringify(value));
  return [...byText.values()];
}

function likeIt(value: Json, shape: Json): Json[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, 0];
  if (typeof value === 'string') return [PROBE, ''];
  if (Array.isArray(value))
    return [[...value, PROBE], [...value, shape], ...value.slice(0, 1).map((one) => [one, one]), []];
  if (isObject(value)) return [{ [PROBE]: PROBE }, isObject(shape) ? shape : { [PROBE]: shape }];
  return [PROBE, 7, true, shape, [PROBE], [shape], { [PROBE]: PROBE }];
}

function emptyOf(type: Json | undefined): Json {
  const first = Array.isArray(type) ? type[0] : type;
  const empties: JsonObject = { boolean: false, integer: 1, number: 1, string: '', array: [], object: {} };
  return typeof first === 'string' ? (empties[first] ?? null) : null;
}

/** Something that has every key which the templates look for: paths below a leaf, `*` for an item. */
function sample(paths: readonly (readonly string[])[]): Json {
  const deeper = paths.filter((path) => path.length > 0);
  if (deeper.length === 0) return PROBE;
  const below = (key: string): Json => sample(deeper.filter(([first]) => first === key).map((path) => path.slice(1)));
  const names = [...new Set(deeper.map(([first = '']) => first))];
  const fields = names.filter((name) => name !== ANY);
  if (fields.length === 0) return below(ANY);
  return Object.fromEntries(fields.map((name) => [name, below(name)]));
}

/** A marker of the leaf's own type that is found again in what is rendered; undefined where its type has none. */
export function markerOf({ value, schema }: Leaf, index: number): string | number | undefined {
  const like = value ?? emptyOf(schema?.type);
  if (typeof like === 'string') return `zq${String(index)}z`;
  // valid as a port, and far from the numbers that charts hold
  return typeof like === 'number' ? 41_000 + index : undefined;
}

/** Whether a marker stands in a text, not as a part of another number. */
export function shows(text: string, marker: string | number): boolean {
  return new RegExp(`(?<![0-9])${String(marker)}(?![0-9])`).test(text);
}
