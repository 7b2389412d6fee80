import { isObject, quoteValue, type Json, type JsonObject, type Path, type Schema } from './model.js';

/** Follows a local `$ref` ("#/…"), once or several times. What stands beside it says more than what it refers to. */
export function resolveRef(root: Schema, schema: Json): Schema {
  if (schema === true) return {};
  if (!isObject(schema)) throw new Error('a schema has to be an object');
  if (schema.$ref === undefined) return schema;
  const seen: Json[] = [];
  let current: Schema = schema;
  while (current.$ref !== undefined) {
    const { $ref, ...beside } = current;
    if (seen.includes($ref)) throw new Error(`${quoteValue($ref)} refers to itself`);
    seen.push($ref);
    current = { ...schemaAtPointer(root, $ref), ...beside };
  }
  return current;
}

function schemaAtPointer(root: Schema, pointer: Json): Schema {
  if (typeof pointer !== 'string' || !/^#(?:\/|$)/.test(pointer))
    throw new Error(
      `${quoteValue(pointer)} is none of "#/…": a schema can only refer to itself, as Helm loads no other`,
    );
  const steps = pointer.split('/').slice(1);
  const found = steps.reduce<Json | undefined>((node, step) => {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) return node[Number(key)];
    return isObject(node) ? node[key] : undefined;
  }, root);
  if (isObject(found)) return found;
  throw new Error(`the schema has no ${pointer}`);
}

/** A pattern of a schema, which Helm reads by Go's rules: they let any sign be escaped, as JavaScript does without its flag u. */
export function compilePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}

/** The schema of the value at `path`, an empty one where any value may be; undefined where none can be. */
export function schemaAt(root: Schema, path: Path): Schema | undefined {
  let current = root;
  for (const step of path) {
    const next = stepInto(current, step);
    if (!isObject(next)) return undefined;
    current = resolveRef(root, next);
  }
  return current;
}

/** A schema that does not say otherwise lets an object have any key, and a list any item. */
function stepInto(schema: Schema, step: string | number): Json {
  const [type, next] =
    typeof step === 'number'
      ? ['array', schema.items]
      : ['object', propertiesOf(schema)[step] ?? schema.additionalProperties];
  const types = [schema.type ?? type].flat();
  if (!types.includes(type)) return null;
  return next === undefined || next === true ? {} : next;
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
    properties[name] = moveInto(name, own);
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
  for (const [name, { $schema: _, ...schema }] of mounted) properties[name] = moveInto(name, schema);
  return { ...own, properties };
}

/** What a subchart's schema says of places in itself becomes true of its place below `name`. */
function moveInto(name: string, node: Json): Json {
  if (Array.isArray(node)) return node.map((item) => moveInto(name, item));
  if (!isObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === '$ref' && typeof value === 'string') return [key, value.replace(/^#/, `#/properties/${name}`)];
      if (key === 'x-replaced-by' && typeof value === 'string') return [key, `${name}.${value}`];
      return [key, moveInto(name, value)];
    }),
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
