import { isObject, type Json } from '../model.js';
import { compareLists, itemNames } from './compare-lists.js';
import type { Change } from './model.js';

/** Every leaf that differs, in the order of the base side, then what the head side adds. */
export function compare(from: Json | undefined, to: Json | undefined, path = ''): Change[] {
  if (from === undefined)
    return to === undefined ? [] : leaves(to, path).map(([at, value]) => ({ kind: 'added', path: at, to: value }));
  if (to === undefined) return leaves(from, path).map(([at, value]) => ({ kind: 'removed', path: at, from: value }));
  if (isObject(from) && isObject(to)) {
    const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
    return [...keys].flatMap((key) => compare(from[key], to[key], childPath(path, key)));
  }
  if (Array.isArray(from) && Array.isArray(to)) return compareLists(from, to, path);
  if (canonical(from) === canonical(to)) return [];
  const [before, after] = [parseDocument(from), parseDocument(to)];
  if (before !== undefined && after !== undefined && canonical(before) !== canonical(after))
    return compare(before, after, path);
  if (isLeaf(from) && isLeaf(to)) return [{ kind: 'changed', path, from, to }];
  return [...compare(from, undefined, path), ...compare(undefined, to, path)];
}

/** Text that does not depend on the order of keys: equal for equal values. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(',')}}`;
}

function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Every leaf of a value with its path. */
export function leaves(value: Json, path: string): [path: string, value: Json][] {
  if (isLeaf(value)) return [[path, value]];
  if (Array.isArray(value)) {
    const names = itemNames(path, value);
    return value.flatMap((item, index) => leaves(item, `${path}[${names[index] ?? String(index)}]`));
  }
  return isObject(value) ? Object.entries(value).flatMap(([key, child]) => leaves(child, childPath(path, key))) : [];
}

/** An empty list or object is a leaf: that it is there is all there is to say. */
function isLeaf(value: Json): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

/** A file in a ConfigMap that holds JSON is compared by its content. */
function parseDocument(value: Json): Json | undefined {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    const parsed = JSON.parse(value) as Json;
    return isLeaf(parsed) ? undefined : parsed;
  } catch {
    return undefined; // it only looked like JSON, so it is compared as text
  }
}
