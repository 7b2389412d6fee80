import { textOf } from './fields.js';
import { isObject, objectOf, quoteValue, type Json, type Path, type Schema } from './model.js';
import { compilePattern, resolveRef } from './schema.js';

/** A place in a JSON Schema for which nothing could be checked by it. */
export interface SchemaFault {
  readonly at: Path;
  readonly message: string;
}

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

/** Keywords whose value is a schema, a list of schemas, or an object of schemas. */
const INNER = [
  ...['properties', 'patternProperties', 'definitions', '$defs', 'dependencies', 'allOf', 'anyOf', 'oneOf'],
  ...['items', 'additionalItems', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'],
] as const;
const NAMED: readonly string[] = INNER.slice(0, 5);

/** What a keyword's own value has to be. */
const SHAPES: readonly (readonly [what: string, is: (value: Json) => boolean, keywords: readonly string[]])[] = [
  ['a number', isNumber, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']],
  ['a number above 0', (value) => isNumber(value) && value > 0, ['multipleOf']],
  ['a number of characters', isCount, ['minLength', 'maxLength']],
  ['a number of items', isCount, ['minItems', 'maxItems']],
  ['a number of keys', isCount, ['minProperties', 'maxProperties']],
  ['true or false', (value) => typeof value === 'boolean', ['uniqueItems']],
  ['a list', Array.isArray, ['enum', 'allOf', 'anyOf', 'oneOf']],
  ['a list of keys', isListOfText, ['required']],
  ['an object', isObject, NAMED],
];

/** What else is wrong with a keyword's own value; undefined where nothing is. */
const KEYWORDS: Readonly<Record<string, (value: Json, root: Schema) => string | undefined>> = {
  type: (value) => {
    const types = Array.isArray(value) ? value : [value];
    const unknown = types.find((type) => !TYPES.includes(textOf(type)));
    return unknown === undefined
      ? undefined
      : `there is no type ${quoteValue(unknown)}; there are: ${TYPES.join(', ')}`;
  },
  pattern: (value) => faultOf(() => compilePattern(textOf(value))),
  patternProperties: (value) => faultOf(() => Object.keys(objectOf(value)).map(compilePattern)),
  $ref: (value, root) => faultOf(() => resolveRef(root, { $ref: value })),
  'x-merge': (value) =>
    /^(?:replace|append|by:.+)$/.test(textOf(value))
      ? undefined
      : `a list cannot merge by ${quoteValue(value)}; it may by "replace", "append" or "by:<key>"`,
};

/** Everything that is wrong in a schema itself. */
export function findSchemaFaults(root: Schema): SchemaFault[] {
  const check = (schema: Json, at: Path): SchemaFault[] => {
    if (typeof schema === 'boolean') return [];
    if (!isObject(schema)) return [{ at, message: `a schema has to be an object, not ${quoteValue(schema)}` }];
    const shapes = SHAPES.flatMap(([what, is, keywords]) =>
      keywords.flatMap((keyword): SchemaFault[] => {
        const value = schema[keyword];
        if (value === undefined || is(value)) return [];
        return [{ at: [...at, keyword], message: `"${keyword}" has to be ${what}, not ${quoteValue(value)}` }];
      }),
    );
    if (shapes.length > 0) return shapes;
    const own = Object.entries(KEYWORDS).flatMap(([keyword, faultIn]): SchemaFault[] => {
      const value = schema[keyword];
      const message = value === undefined ? undefined : faultIn(value, root);
      return message === undefined ? [] : [{ at: [...at, keyword], message }];
    });
    const below = INNER.flatMap((keyword) => {
      const inner = schema[keyword];
      const here = [...at, keyword];
      if (inner === undefined) return [];
      if (Array.isArray(inner)) return inner.flatMap((each, index) => check(each, [...here, index]));
      if (!NAMED.includes(keyword) || !isObject(inner)) return check(inner, here);
      // what depends on a key may be a list of further keys
      return Object.entries(inner).flatMap(([key, each]) => (Array.isArray(each) ? [] : check(each, [...here, key])));
    });
    return [...own, ...below];
  };
  return check(root, []);
}

function isNumber(value: Json): value is number {
  return typeof value === 'number';
}

function isCount(value: Json): boolean {
  return isNumber(value) && Number.isInteger(value) && value >= 0;
}

function isListOfText(value: Json): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function faultOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}
