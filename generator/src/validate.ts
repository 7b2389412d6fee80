import { createChecker } from './json-schema.js';
import { memoizedByObject } from './memo.js';
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

const checking = memoizedByObject((schema: Schema) => createChecker(schema));
const filling = memoizedByObject((schema: Schema) => createChecker(schema, { fillIn: true }));
