import { mergeLayers } from '../layers.js';
import type { Json, JsonObject } from '../model.js';
import type { Read } from './scan.js';
import { ANY } from './shape.js';

/** Keys of an object within objects; lists are not entered. */
export type KeyPath = readonly string[];

/**
 * The one path of a value that has several: Helm copies the outermost `global` into every subchart, so what stands at
 * `<subchart>.global.…` is `global.…`.
 */
export function canonical(path: KeyPath, mounts: readonly KeyPath[]): KeyPath {
  const copied = mounts.some((mount) => startsWith(path, [...mount, 'global']) && mount.length > 0);
  return copied ? path.slice(path.indexOf('global')) : path;
}

/** Whether a path lies at or below another; `*` in either is any key. */
export function startsWith(path: KeyPath, start: KeyPath): boolean {
  return path.length >= start.length && start.every((key, at) => key === path[at] || key === ANY || path[at] === ANY);
}

/** Whether a place that reads a path reads (a part of) a leaf. */
export function reaches({ path, whole }: Pick<Read, 'path' | 'whole'>, leaf: KeyPath): boolean {
  return path.length >= leaf.length ? startsWith(path, leaf) : whole && startsWith(leaf, path);
}

/** Values that say nothing but what stands at some paths; the later outranks the earlier. */
export function overlay(values: readonly (readonly [KeyPath, Json])[]): JsonObject {
  return mergeLayers(
    {},
    values.map(([path, value]) => nest(path, value)),
  );
}

function nest([key = '', ...rest]: KeyPath, value: Json): JsonObject {
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}

/** The same text for the same path only. */
export function idOf(path: KeyPath): string {
  return JSON.stringify(path);
}
