import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Finding } from './errors.js';
import { formatPath, isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import { propertiesOf, schemaAt } from './schema.js';
import { nearest } from './suggest.js';

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
  code: { optimize: false },
});
const compiled = new WeakMap<Schema, ValidateFunction>();

export interface Checked {
  /** The value with every default filled in. */
  readonly value: JsonObject;
  readonly problems: readonly Problem[];
}

/** A problem that does not know yet in which file it stands. */
export interface Problem extends Omit<Finding, 'file' | 'line' | 'column' | 'path'> {
  readonly at: Path;
  /** Whether the key itself is wrong, not its value. */
  readonly of: 'key' | 'value';
}

/** Checks a value with a schema; the value given stays as it is. */
export function checkSchema(schema: Schema, value: Json): Checked {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const { $schema: _, ...rest } = schema; // its draft is known, and no other is looked up
    validate = ajv.compile(rest);
    compiled.set(schema, validate);
  }
  const copy = structuredClone(value);
  validate(copy);
  const errors = validate.errors ?? [];
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  const problems = errors
    .filter(({ keyword, instancePath }) => keyword !== 'if' && (keyword === 'type' || !mistyped.has(instancePath)))
    .map((error) => toProblem(schema, copy, error));
  return { value: isObject(copy) ? copy : {}, problems };
}

function toProblem(schema: Schema, value: Json, error: ErrorObject): Problem {
  const path = toPath(value, error.instancePath);
  const here = schemaAt(schema, path);
  const params = error.params as Record<string, unknown>;
  const name = path.length === 0 ? 'the document' : `"${formatPath(path)}"`;
  const common = { severity: 'error', at: path, of: 'value' } as const;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const known = here === undefined ? [] : Object.keys(propertiesOf(here));
      const meant = nearest(key, known);
      const hint = meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`;
      return { ...common, code: 'unknown-key', message: `unknown key "${key}"`, hint, at: [...path, key], of: 'key' };
    }
    case 'propertyNames':
    case 'not':
      return {
        ...common,
        code: error.keyword,
        message: `${name} ${error.message ?? 'is not allowed'}`,
        ...hintOf(here),
      };
    case 'required':
      return {
        ...common,
        code: 'missing-key',
        message: `${path.length === 0 ? '' : `${name} `}lacks the key "${String(params.missingProperty)}"`.trim(),
        ...hintOf(schemaAt(schema, [...path, String(params.missingProperty)])),
      };
    case 'type':
      return {
        ...common,
        code: 'wrong-type',
        message: `${name} has to be ${article(params.type)}, not ${kindOf(error.data)}`,
        ...hintOf(here, params.type === 'string' && typeof error.data !== 'object' ? 'In quotes it is text.' : ''),
      };
    case 'enum':
    case 'const': {
      const allowed = (params.allowedValues ?? [params.allowedValue]) as Json[];
      const meant =
        typeof error.data === 'string' && /[a-z]/i.test(error.data)
          ? nearest(error.data, allowed.map(String))
          : undefined;
      return {
        ...common,
        code: 'value-not-allowed',
        message: `${name} may not be ${JSON.stringify(error.data)}`,
        hint: `${meant === undefined ? '' : `did you mean ${JSON.stringify(meant)}? `}allowed: ${allowed.map((v) => JSON.stringify(v)).join(', ')}`,
      };
    }
    default:
      return {
        ...common,
        code: error.keyword,
        message: `${name} ${error.message ?? 'is wrong'}, but is ${JSON.stringify(error.data)}`,
        ...hintOf(here),
      };
  }
}

/** "/tolerations/0/key" with list indices as numbers. */
function toPath(value: Json, pointer: string): Path {
  let node: Json | undefined = value;
  const steps = pointer === '' ? [] : pointer.slice(1).split('/');
  return steps.map((step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) {
      node = node[Number(key)];
      return Number(key);
    }
    node = isObject(node) ? node[key] : undefined;
    return key;
  });
}

function hintOf(schema: Schema | undefined, advice = ''): { hint?: string } {
  const examples = Array.isArray(schema?.examples) ? `For example ${JSON.stringify(schema.examples[0])}.` : '';
  const description = typeof schema?.description === 'string' ? schema.description : '';
  const parts = [advice, description, examples].filter((part) => part !== '');
  return parts.length === 0 ? {} : { hint: parts.join(' ') };
}

function article(type: unknown): string {
  return (Array.isArray(type) ? type : [type])
    .map((one) => `${/^[aeiou]/.test(String(one)) ? 'an' : 'a'} ${String(one)}`)
    .join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${JSON.stringify(value)}`;
}
