import { Ajv, type ValidateFunction } from 'ajv';
import { Failure } from './errors.js';
import { textOf } from './fields.js';
import { isObject, type Json, type JsonObject, type Schema } from './model.js';
import { toProblem, type Problem } from './problem.js';
import { compilePattern } from './schema.js';

/**
 * Draft-07 as Helm checks it, but with all problems at once; `default`s are filled in.
 */
const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: false,
  // Schemas are checked by the tests of their charts: here that, and making the code smaller, would cost more than the rest.
  meta: false,
  validateSchema: false,
  code: { optimize: false, regExp: Object.assign((pattern: string) => compilePattern(pattern), { code: '' }) },
});
const compiled = new WeakMap<Schema, ValidateFunction>();

export interface Checked {
  /** The value with every default filled in. */
  readonly value: JsonObject;
  readonly problems: readonly Problem[];
}

/** Checks a value with a schema; the value given stays as it is. */
export function checkSchema(schema: Schema, value: Json): Checked {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    compiled.set(schema, validate);
  }
  const copy = structuredClone(value);
  validate(copy);
  const errors = validate.errors ?? [];
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  const problems = errors
    .filter(({ keyword, instancePath }) => keyword !== 'if' && (keyword === 'type' || !mistyped.has(instancePath)))
    .filter(({ propertyName }) => propertyName === undefined) // said once, by propertyNames itself
    .map((error) => toProblem(schema, copy, error));
  return { value: isObject(copy) ? copy : {}, problems };
}

function compile({ $schema: _, ...schema }: Schema): ValidateFunction {
  try {
    return ajv.compile(schema); // its draft is known, and no other is looked up
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new Failure(`the schema "${textOf(schema.title)}" cannot be used: ${cause.message}`, { cause });
  }
}
