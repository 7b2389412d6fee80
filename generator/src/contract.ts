import { loadChartValues, loadSchemaIfThere, loadSubcharts, type ChartFolder } from './load.js';
import { mergeLayers } from './layers.js';
import { isObject, type Json, type JsonObject, type Schema } from './model.js';
import type { Project } from './project.js';
import { bundleSchemas, defaultsOf, mountSchemas } from './schema.js';
import { MARK } from './write.js';

/** What the chart takes: the schema of its values, and what they are when nobody says anything. */
export interface Contract {
  readonly schema: Schema;
  readonly defaults: JsonObject;
  readonly subcharts: readonly ChartFolder[];
  /** Whether the umbrella's schema and every values.yaml are made from the subcharts' schemas. */
  readonly bundled: boolean;
}

/**
 * Reads the chart's contract. An umbrella whose subcharts all have schemas, and that has no schema written by hand, takes
 * its schema and defaults from theirs; any other chart says its defaults in values.yaml.
 */
export function loadContract(project: Project): Contract {
  const own = loadSchemaIfThere(project.root, `${project.chart}/values.schema.json`);
  const subcharts = loadSubcharts(project);
  const schemas = new Map(subcharts.flatMap(({ name, schema }) => (schema === undefined ? [] : [[name, schema]])));
  const generated = own === undefined || own.$comment === MARK;
  if (generated && subcharts.length > 0 && schemas.size === subcharts.length) {
    const schema = bundleSchemas(schemas);
    return { schema, defaults: defaultsOf(schema), subcharts, bundled: true };
  }
  const schema = mountSchemas(own ?? { type: 'object' }, schemas);
  const below = subcharts.map(({ name, path }) => ({ [name]: loadChartValues(project, path) }));
  const defaults = withoutNulls(mergeLayers(schema, [{}, ...below, loadChartValues(project, project.chart)]));
  return { schema, defaults, subcharts, bundled: false };
}

/** A null in values.yaml says that there is no default; written into an environment's values it would remove something. */
function withoutNulls(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([key, value]): [string, Json] => [key, isObject(value) ? withoutNulls(value) : value]),
  );
}
