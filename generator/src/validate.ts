import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Failure } from './errors.js';
import { textOf } from './fields.js';
import { isObject, type Json, type JsonObject, type Schema } from './model.js';
import { toProblem, type Problem } from './problem.js';
import { compilePattern } from './schema.js';

/** Draft-07 as Helm checks it, but with all problems at once. */
const OPTIONS: Options = {
  allErrors: true,
  logger: false, // of a format that it does not know, Helm is the judge
  strict: false,
  // Schemas are checked by the tests of their charts: here that, and making the code smaller, would cost more than the rest.
  meta: false,
  validateSchema: false,
  code: { optimize: false, regExp: Object.assign((pattern: string) => compilePattern(pattern), { code: '' }) },
};
const checking = cached(new Ajv(OPTIONS));
const filling = cached(new Ajv({ ...OPTIONS, useDefaults: true }));

export interface Checked {
  /** The value with every default filled in. */
  readonly value: JsonObject;
  readonly problems: readonly Problem[];
}

/** Checks a value with a schema and fills its defaults in; the value given stays as it is. */
export function checkSchema(schema: Schema, value: Json): Checked {
  const copy = structuredClone(value);
  const problems = findProblems(schema, copy, filling(schema));
  return { value: isObject(copy) ? copy : {}, problems };
}

/** Checks complete values as Helm does, for which a default in a schema is only a remark. */
export function checkValues(schema: Schema, values: JsonObject): Problem[] {
  return findProblems(schema, values, checking(schema));
}

function findProblems(schema: Schema, value: Json, validate: ValidateFunction): Problem[] {
  validate(value);
  const errors = validate.errors ?? [];
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  return errors
    .filter(({ keyword, instancePath }) => keyword !== 'if' && (keyword === 'type' || !mistyped.has(instancePath)))
    .filter(({ propertyName }) => propertyName === undefined) // said once, by propertyNames itself
    .map((error) => toProblem(schema, value, error));
}

function cached(ajv: Ajv): (schema: Schema) => ValidateFunction {
  const compiled = new WeakMap<Schema, ValidateFunction>();
  return (schema) => {
    const validate = compiled.get(schema) ?? compile(ajv, schema);
    compiled.set(schema, validate);
    return validate;
  };
}

function compile(ajv: Ajv, { $schema: _, ...schema }: Schema): ValidateFunction {
  try {
    return ajv.compile(schema); // its draft is known, and no other is looked up
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new Failure(`the schema "${textOf(schema.title)}" cannot be used: ${cause.message}`, { cause });
  }
}
