import { mergeLayers } from '../layers.js';
import { isObject, type Json, type JsonObject, type Path, type Schema } from '../model.js';
import { propertiesOf, resolveRef } from '../schema.js';
import type { Source } from '../yaml.js';
import { allCharts, type Chart } from './chart.js';
import { canonical, idOf, startsWith, type KeyPath } from './paths.js';

/** A value of a chart that holds no further named values: a scalar, a list, or an object that is empty by default. */
export interface Leaf {
  /** Among the values of the outermost chart. */
  readonly path: KeyPath;
  /** What it is when nobody says anything; undefined where only the schema names it. */
  readonly value: Json | undefined;
  readonly schema: Schema | undefined;
  /** The file that declares it, and where in it. */
  readonly source: Source;
  readonly at: Path;
}

/** The values of a chart and its subcharts as Helm puts them together: what an outer chart says outranks an inner one. */
export function effectiveValues(chart: Chart): JsonObject {
  const own = isObject(chart.values.value) ? chart.values.value : {};
  const below = chart.subcharts.map((subchart): JsonObject => ({ [subchart.name]: effectiveValues(subchart) }));
  return mergeLayers({}, [...below, own]);
}

/** Every leaf that a values.yaml or a values.schema.json of the chart or its subcharts names. */
export function leavesOf(chart: Chart): Leaf[] {
  const charts = allCharts(chart);
  const mounts = charts.map(({ mount }) => mount);
  const values = effectiveValues(chart);
  const leaves = new Map<string, Leaf>();
  const add = (leaf: Omit<Leaf, 'value' | 'schema'> & { schema?: Schema }): void => {
    const path = canonical(leaf.path, mounts);
    const before = leaves.get(idOf(path));
    leaves.set(idOf(path), {
      ...leaf,
      path,
      value: before?.value ?? valueAt(values, path),
      schema: leaf.schema ?? before?.schema,
      // the chart that reads a value declares it, not the one around it; and its values come before its schema
      ...(leaf.schema !== undefined && before !== undefined ? { source: before.source, at: before.at } : {}),
    });
  };
  for (const { mount, values: source } of charts)
    for (const at of valueLeaves(source.value)) add({ path: [...mount, ...at], source, at });
  for (const { mount, schema } of charts) {
    if (schema === undefined) continue;
    for (const { path, ...found } of schemaLeaves(schema.value))
      add({ ...found, path: [...mount, ...path], source: schema.source });
  }
  const all = [...leaves.values()];
  return all.filter(
    ({ path }) => !all.some((other) => other.path.length > path.length && startsWith(other.path, path)),
  );
}

function valueAt(values: Json, path: KeyPath): Json | undefined {
  return path.reduce<Json | undefined>((node, key) => (isObject(node) ? node[key] : undefined), values);
}

function valueLeaves(value: Json, path: KeyPath = []): KeyPath[] {
  if (!isObject(value) || Object.keys(value).length === 0) return path.length === 0 ? [] : [path];
  return Object.entries(value).flatMap(([key, child]) => valueLeaves(child, [...path, key]));
}

interface SchemaLeaf {
  readonly path: KeyPath;
  readonly schema: Schema;
  readonly at: Path;
}

/** A schema that refers to itself is followed no deeper than values are ever nested. */
const MAX_DEPTH = 16;

/** Keys are followed through `properties` and `$ref`; what `allOf` and its kin add is not. `own` is where the schema itself stands, `at` where it is used. */
function schemaLeaves(root: Schema, schema: Schema = root, path: KeyPath = [], at: Path = [], own = at): SchemaLeaf[] {
  const entries = Object.entries(propertiesOf(schema));
  if (entries.length === 0 || path.length === MAX_DEPTH) return path.length === 0 ? [] : [{ path, schema, at }];
  return entries.flatMap(([key, property]) => {
    if (!isObject(property)) return [];
    const named: Path = [...own, 'properties', key];
    const reference = typeof property.$ref === 'string' ? property.$ref.replace(/^#\//, '').split('/') : named;
    return schemaLeaves(root, resolveRef(root, property), [...path, key], named, reference);
  });
}
