import { isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';

/** Follows a local `$ref` ("#/…"), once or several times. */
export function resolveRef(root: Schema, schema: Json): Schema {
  let current = schema;
  while (isObject(current) && typeof current.$ref === 'string') {
    const pointer = current.$ref;
    current = pointer
      .replace(/^#\//, '')
      .split('/')
      .reduce<Json>((node, step) => (isObject(node) ? (node[step] ?? null) : null), root);
    if (!isObject(current)) throw new Error(`the schema has no ${pointer}`);
  }
  if (!isObject(current)) throw new Error('a schema has to be an object');
  return current;
}

/** The schema of the value at `path`, or undefined where no schema says anything about it. */
export function schemaAt(root: Schema, path: Path): Schema | undefined {
  let current = root;
  for (const step of path) {
    const next =
      typeof step === 'number' ? current.items : (propertiesOf(current)[step] ?? current.additionalProperties);
    if (!isObject(next)) return undefined;
    current = resolveRef(root, next);
  }
  return current;
}

export function propertiesOf(schema: Schema): JsonObject {
  return isObject(schema.properties) ? schema.properties : {};
}

/** The values a schema gives when nobody says anything: every `default`, in the schema's order; a key without one is absent. */
export function defaultsOf(root: Schema, schema: Schema = root): JsonObject {
  const values: JsonObject = {};
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const child = resolveRef(root, property);
    const nested = isObject(child.properties) ? defaultsOf(root, child) : {};
    if (Object.keys(nested).length > 0) values[key] = nested;
    else if (child.default !== undefined) values[key] = structuredClone(child.default);
  }
  return values;
}

/** Helm copies the umbrella's `global` into every subchart's values before it checks them: allowed there, never written there. */
const FILLED_IN: Schema = { description: "Filled in by Helm from the umbrella's global.", type: 'object' };

/**
 * The umbrella's schema: its own `global`, and each subchart's schema under the subchart's name. Helm would check the
 * subcharts by themselves too, but only the umbrella's schema catches a key that belongs to no subchart.
 */
export function bundleSchemas(subcharts: ReadonlyMap<string, Schema>): Schema {
  const globals = [...subcharts].map(([name, schema]) => ({ name, schema: propertiesOf(schema).global ?? null }));
  const [first] = globals;
  const different = globals.find(({ schema }) => JSON.stringify(schema) !== JSON.stringify(first?.schema));
  if (first === undefined) throw new Error('the umbrella chart has no subcharts');
  if (different !== undefined) {
    throw new Error(`"global" has to be the same in every subchart, but ${first.name} and ${different.name} differ`);
  }
  const properties: JsonObject = { global: first.schema };
  for (const [name, schema] of subcharts) {
    const { $schema: _, ...rest } = schema;
    const own = { ...rest, properties: { ...propertiesOf(schema), global: FILLED_IN } };
    properties[name] = moveRefs(own, `#/properties/${name}`);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values',
    description: 'Values of the umbrella chart.',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

/** A chart's own schema, with each subchart's schema in the place that it leaves open. */
export function mountSchemas(own: Schema, subcharts: ReadonlyMap<string, Schema>): Schema {
  const mounted = [...subcharts].filter(([name]) => {
    const place = propertiesOf(own)[name];
    return !isObject(place) || !isObject(place.properties);
  });
  if (mounted.length === 0) return own;
  const properties: JsonObject = { ...propertiesOf(own) };
  for (const [name, { $schema: _, ...schema }] of mounted) properties[name] = moveRefs(schema, `#/properties/${name}`);
  return { ...own, properties };
}

function moveRefs(node: Json, to: string): Json {
  if (Array.isArray(node)) return node.map((item) => moveRefs(item, to));
  if (!isObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? value.replace(/^#/, to) : moveRefs(value, to),
    ]),
  );
}

/** What stands above a key of a values file: its description, allowed values and examples. */
export function describe(schema: Schema): string | undefined {
  const description = schema.description;
  if (typeof description !== 'string') return undefined;
  const allowed = Array.isArray(schema.enum) ? `One of ${schema.enum.map((v) => JSON.stringify(v)).join(', ')}.` : '';
  const absent = schema.default === undefined && !isObject(schema.properties);
  const examples = absent && Array.isArray(schema.examples) ? `For example ${JSON.stringify(schema.examples[0])}.` : '';
  return [description, allowed, examples].filter((part) => part !== '').join(' ');
}
