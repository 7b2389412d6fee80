import type { Place } from './errors.js';
import { findOrigins, type Fragment } from './layers.js';
import { isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import type { Source } from './yaml.js';

/** Where a value was written. */
export interface Origin extends Place {
  /** In that file. */
  readonly path: Path;
  /** What the file says there; undefined where it says nothing, and the place is that of what would hold the value. */
  readonly value: Json | undefined;
}

/** Finds the places that decide a value, the deciding one first, then those that it overrides. */
export type Trace = (path: Path, of?: 'key' | 'value') => Origin[];

/** Traces values of a document that several files make together, lowest first. */
export function traceLayers(schema: Schema, layers: readonly { source: Source; value: JsonObject }[]): Trace {
  const stack = layers.map(({ source, value }) => ({ layer: source, path: [], value }));
  return (path, of = 'value') => {
    const { found, rest } = nearest(schema, stack, path);
    return found.map(({ layer, path: at, value }, index) => {
      // below the deciding layer only what is really there counts: the rest of the path is missing from all of them
      const [whole, missing] = index === 0 ? [[...at, ...rest], rest.length > 0] : [at, false];
      return { file: layer.file, ...layer.position(whole, of), path: whole, value: missing ? undefined : value };
    });
  };
}

/** The stages that make the values of an environment. */
export interface ValueLayers {
  /** The charts' defaults. */
  readonly defaults: JsonObject;
  readonly template: JsonObject;
  /** Where in the input files the template's values come from. */
  readonly sources: readonly { readonly at: Path; readonly from: Path }[];
  /** What stands under `values:` in the environment. */
  readonly overrides: JsonObject;
}

/** One step in how a value came to be. */
export interface ValueOrigin {
  readonly stage: 'override' | 'template' | 'default';
  readonly value: Json;
  /** Places that a person wrote; none for what the template or a chart says by itself. */
  readonly origins: readonly Origin[];
}

/** Traces values back through the template and `values:` to the input files. `inputs` traces a path of the template's view. */
export function traceValues(
  schema: Schema,
  layers: ValueLayers,
  inputs: (path: Path, of?: 'key' | 'value') => Origin[],
): (path: Path, of?: 'key' | 'value') => ValueOrigin[] {
  const stack: Fragment<ValueOrigin['stage']>[] = [
    { layer: 'default', path: [], value: layers.defaults },
    { layer: 'template', path: [], value: layers.template },
    { layer: 'override', path: [], value: layers.overrides },
  ];
  return (path, of) => {
    const { found, rest } = nearest(schema, stack, path);
    return found.map(({ layer, path: at, value }, index) => {
      const whole = index === 0 ? [...at, ...rest] : at;
      if (layer === 'default') return { stage: layer, value, origins: [] };
      if (layer === 'override')
        return { stage: layer, value, origins: inputs(['environment', 'values', ...whole], of) };
      const source = sourceOf(layers.sources, whole);
      return { stage: layer, value, origins: source === undefined ? [] : inputs(source, of) };
    });
  };
}

/** Where the template took the value at `path` from: itself, a parent that came whole, or the first thing inside it. */
function sourceOf(sources: ValueLayers['sources'], path: Path): Path | undefined {
  const parent = sources.find(({ at }) => startsWith(path, at));
  if (parent !== undefined) return [...parent.from, ...path.slice(parent.at.length)];
  return path.length === 0 ? undefined : sources.find(({ at }) => startsWith(at, path))?.from;
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}

/** What the layers say about the value at `path`, or about the nearest parent that is there. */
function nearest<Layer>(
  schema: Schema,
  stack: readonly Fragment<Layer>[],
  path: Path,
): { found: Fragment<Layer>[]; rest: Path } {
  for (let length = path.length; length > 0; length--) {
    const found = findOrigins(schema, stack, path.slice(0, length));
    if (found.length > 0) return { found, rest: path.slice(length) };
  }
  // of the whole document, only a layer that says something is a place
  const said = stack.filter(({ value }) => !isObject(value) || Object.keys(value).length > 0);
  return { found: (said.length === 0 ? stack : said).slice(-1), rest: path };
}
