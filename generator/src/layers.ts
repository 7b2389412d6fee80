import { isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import { propertiesOf, resolveRef } from './schema.js';

/**
 * What one layer says about one value. A stack of them, lowest first, is all that was said about it; the layer itself is
 * whatever the caller wants back: a file, or the stage that made the value.
 */
export interface Fragment<Layer> {
  readonly layer: Layer;
  /** Where in the layer. */
  readonly path: Path;
  readonly value: Json;
}
type Stack<Layer> = readonly Fragment<Layer>[];

/** The parts of a value by their key or index, each with the stack that makes it. */
type Parts<Layer> = readonly (readonly [string | number, Stack<Layer>])[];

/**
 * Merges layers, lowest first, as Helm merges values: objects deeply, everything else is replaced by the higher layer, and
 * a null removes what stands below it. A list may merge otherwise where its schema says so by `x-merge`: `append` puts the
 * higher list behind the lower, `by:<key>` merges the items whose `<key>` is equal and appends the others.
 */
export function mergeLayers(schema: Schema, layers: readonly JsonObject[]): JsonObject {
  const [only] = layers;
  if (only !== undefined && layers.length === 1) return only;
  const merged = valueOf(
    schema,
    schema,
    layers.map((value) => ({ layer: undefined, path: [], value })),
  );
  return isObject(merged) ? merged : {};
}

/**
 * All that the layers say about the value at `path`, highest first: what decides it, then what it overrides. Empty where
 * no layer says anything.
 */
export function findOrigins<Layer>(schema: Schema, layers: Stack<Layer>, path: Path): Fragment<Layer>[] {
  let stack = layers;
  let here: Schema | undefined = schema;
  for (const step of path) {
    const part = partsOf(here, stack).find(([key]) => key === step);
    if (part === undefined) return [];
    stack = part[1];
    here = childSchema(schema, here, step);
  }
  return stack.toReversed();
}

function valueOf<Layer>(root: Schema, schema: Schema | undefined, stack: Stack<Layer>): Json {
  const top = stack.at(-1)?.value ?? null;
  if (typeof top !== 'object' || top === null) return top;
  const parts = partsOf(schema, stack).map(([key, below]) => {
    const [only] = below;
    if (only !== undefined && below.length === 1) return [key, only.value] as const; // most keys have but one layer
    return [key, valueOf(root, childSchema(root, schema, key), below)] as const;
  });
  return Array.isArray(top) ? parts.map(([, value]) => value) : Object.fromEntries(parts);
}

function partsOf<Layer>(schema: Schema | undefined, stack: Stack<Layer>): Parts<Layer> {
  const top = stack.at(-1)?.value;
  if (isObject(top)) return partsOfObjects(stack.slice(stack.findLastIndex(({ value }) => !isObject(value)) + 1));
  if (!Array.isArray(top)) return [];
  const lists = stack.slice(stack.findLastIndex(({ value }) => !Array.isArray(value)) + 1);
  return partsOfLists(mergeOf(schema), lists);
}

function partsOfObjects<Layer>(stack: Stack<Layer>): Parts<Layer> {
  const parts = new Map<string, Fragment<Layer>[]>();
  for (const { layer, path, value } of stack) {
    for (const [key, child] of Object.entries(value as JsonObject)) {
      const below = parts.get(key);
      const fragment = { layer, path: [...path, key], value: child };
      if (below === undefined) parts.set(key, [fragment]);
      else if (child === null) parts.delete(key);
      else below.push(fragment);
    }
  }
  return [...parts];
}

function partsOfLists<Layer>(merge: string, stack: Stack<Layer>): Parts<Layer> {
  const chosen = merge === 'replace' ? stack.slice(-1) : stack;
  const items = chosen.flatMap(({ layer, path, value }) =>
    (value as Json[]).map((item, index): Fragment<Layer> => ({ layer, path: [...path, index], value: item })),
  );
  const key = merge.startsWith('by:') ? merge.slice(3) : undefined;
  const groups = new Map<Json | symbol, Fragment<Layer>[]>();
  for (const item of items) {
    const id = key !== undefined && isObject(item.value) ? (item.value[key] ?? Symbol()) : Symbol();
    groups.set(id, [...(groups.get(id) ?? []), item]);
  }
  return [...groups.values()].map((group, index) => [index, group] as const);
}

/** How the lists at this place merge. */
function mergeOf(schema: Schema | undefined): string {
  const merge = schema?.['x-merge'];
  return typeof merge === 'string' ? merge : 'replace';
}

function childSchema(root: Schema, schema: Schema | undefined, step: string | number): Schema | undefined {
  const child = typeof step === 'number' ? schema?.items : schema && propertiesOf(schema)[step];
  return isObject(child) ? resolveRef(root, child) : undefined;
}
