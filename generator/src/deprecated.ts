import { isObject, type Json, type Path, type Schema } from './model.js';
import { propertiesOf, resolveRef } from './schema.js';

/** A key that is written somewhere although its schema says that it will go away. */
export interface Deprecated {
  readonly at: Path;
  /** Where its value belongs now; absent where nothing replaces it. */
  readonly replacedBy?: Path;
  /** What the schema says about the key. */
  readonly description?: string;
}

/**
 * Every key of a value whose schema is `deprecated`. `x-replaced-by` names the key that replaces it, by its path from the
 * root of the schema (a subchart's own): `autoscaling.minReplicas`.
 */
export function findDeprecated(root: Schema, value: Json, schema: Schema = root, at: Path = []): Deprecated[] {
  const own = schema.deprecated === true ? [toDeprecated(schema, at)] : [];
  if (Array.isArray(value)) {
    const items = childOf(root, schema.items);
    return items === undefined
      ? own
      : [...own, ...value.flatMap((item, index) => findDeprecated(root, item, items, [...at, index]))];
  }
  if (!isObject(value)) return own;
  const properties = propertiesOf(schema);
  const below = Object.entries(value).flatMap(([key, part]) => {
    const child = childOf(root, properties[key] ?? schema.additionalProperties);
    return child === undefined ? [] : findDeprecated(root, part, child, [...at, key]);
  });
  return [...own, ...below];
}

function childOf(root: Schema, schema: Json | undefined): Schema | undefined {
  return isObject(schema) ? resolveRef(root, schema) : undefined;
}

function toDeprecated({ 'x-replaced-by': by, description }: Schema, at: Path): Deprecated {
  return {
    at,
    ...(typeof by === 'string' && { replacedBy: by.split('.') }),
    ...(typeof description === 'string' && { description }),
  };
}
