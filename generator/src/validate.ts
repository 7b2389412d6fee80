import { createChecker, type Violation } from './json-schema.js';
import { isObject, type Json, type JsonObject, type Schema } from './model.js';
import { toProblem, type Problem } from './problem.js';

export interface Checked {
  /** The value with every default filled in. */
  readonly value: JsonObject;
  readonly problems: readonly Problem[];
}

/** Checks a value with a schema and fills its defaults in; the value given stays as it is. */
export function checkSchema(schema: Schema, value: Json): Checked {
  const copy = structuredClone(value);
  const problems = filling(schema)(copy).map((violation) => toProblem(schema, violation));
  return { value: isObject(copy) ? copy : {}, problems };
}

/** Checks complete values as Helm does, for which a default in a schema is only a remark. */
export function checkValues(schema: Schema, values: JsonObject): Problem[] {
  return checking(schema)(values).map((violation) => toProblem(schema, violation));
}

const checking = kept((schema) => createChecker(schema));
const filling = kept((schema) => createChecker(schema, { fillIn: true }));

type Check = (value: Json) => Violation[];

function kept(create: (schema: Schema) => Check): (schema: Schema) => Check {
  const known = new WeakMap<Schema, Check>();
  return (schema) => {
    const check = known.get(schema) ?? create(schema);
    known.set(schema, check);
    return check;
  };
}
