import { readFileSync } from 'node:fs';
import { isTree, type Subchart, type Tree, UMBRELLA } from './helm.js';

/** The part of JSON Schema draft-07 that the charts use. */
export interface Schema extends Tree {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
}

export function schemaOf(chart: Subchart): Schema {
  return JSON.parse(readFileSync(`${UMBRELLA}/charts/${chart}/values.schema.json`, 'utf8')) as Schema;
}

/** Every property with its path, that of an array item below `[]`. */
export function properties(schema: Schema, path: string[] = []): [string, Schema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]): [string, Schema][] => [
    [[...path, key].join('.'), child],
    ...properties(child, [...path, key]),
  ]);
  return schema.items ? [...own, ...properties(schema.items, [...path, '[]'])] : own;
}

/** The properties that hold a value rather than further properties, those of array items left out. */
export function leaves(schema: Schema): [string, Schema][] {
  return properties(schema).filter(([path, leaf]) => !path.includes('[]') && !leaf.properties);
}

/** The values that a schema's defaults make up. */
export function defaults(schema: Schema): unknown {
  if (schema.default !== undefined || !schema.properties) return schema.default;
  const entries = Object.entries(schema.properties).map(([key, child]) => [key, defaults(child)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** `tree` with `value` at a path; the tree itself stays as it is. */
export function withValue(tree: Tree, path: string, value: unknown): Tree {
  const [key = '', ...rest] = path.split('.');
  const below = tree[key];
  return { ...tree, [key]: rest.length ? withValue(isTree(below) ? below : {}, rest.join('.'), value) : value };
}
