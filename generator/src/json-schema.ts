import { isDeepStrictEqual } from 'node:util';
import { textOf } from './fields.js';
import { memoized, memoizedByObject } from './memo.js';
import { isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import { compilePattern, propertiesOf, resolveRef } from './schema.js';

/** What a value does that its schema does not allow. */
export interface Violation {
  readonly keyword: string;
  /** Where the value stands that the keyword is about. */
  readonly at: Path;
  readonly data: Json;
  /** What the schema says under the keyword. */
  readonly limit: Json;
  /** The key that is unknown, missing or may not have its name. */
  readonly key?: string;
  /** The index of an item that stands twice. */
  readonly index?: number;
}

/**
 * Checks values by a JSON Schema of draft-07 as Helm does, with all violations at once, and fills defaults into them if asked
 * to. It walks the schema as it stands: to compile one first, as ajv does, takes longer than everything else that is done for
 * some environments. The tests hold it against ajv. `format` is not checked: Helm is the judge of it.
 */
export function createChecker(root: Schema, { fillIn = false } = {}): (value: Json) => Violation[] {
  const targets = new Map<Json, Schema>();
  const at: (string | number)[] = []; // one for the whole walk: most values violate nothing, and need no path
  const right = new WeakMap<JsonObject, Schema>();
  let violations: Violation[] = [];
  let isTrial = false;
  const walk: Walk = {
    check(schema, value, step) {
      if (schema === true) return;
      if (step !== undefined) at.push(step);
      checkHere(schema, value);
      if (step !== undefined) at.pop();
    },
    attempt(schema, value) {
      const before = { violations, isTrial };
      [violations, isTrial] = [[], true];
      checkHere(schema, value);
      const found = violations;
      ({ violations, isTrial } = before);
      return found;
    },
    follow($ref) {
      const target = targets.get($ref) ?? resolveRef(root, { $ref });
      targets.set($ref, target);
      return target;
    },
    report(found) {
      violations.push(...found);
    },
  };
  const violate = (keyword: string, data: Json, limit: Json, about?: About): void => {
    violations.push({ keyword, at: [...at], data, limit, ...about });
  };
  const checkHere = (schema: Json, value: Json): void => {
    if (!isObject(schema)) {
      if (schema === false) violate('false', value, schema);
      return;
    }
    // what environments take over from the charts is the same object in all of them, and was right before
    if (!fillIn && isObject(value) && right.get(value) === schema) return;
    const before = violations.length;
    const { type } = schema;
    if (type !== undefined && !isOfType(value, type)) {
      violate('type', value, type);
      return; // whatever else is wrong follows from it
    }
    if (fillIn && !isTrial && isObject(value)) fillDefaults(value, propertiesOf(schema));
    for (const [keyword, rule, limit] of rulesOf(schema)) {
      const found = rule(value, limit, schema, walk);
      if (found === true) continue;
      if (found === false) violate(keyword, value, limit);
      else for (const about of found) violate(keyword, value, limit, about);
    }
    if (!fillIn && isObject(value) && violations.length === before) right.set(value, schema);
  };
  return (value) => {
    violations = [];
    checkHere(root, value);
    return violations;
  };
}

interface Walk {
  /** Checks the value at hand, or one that is a step further down. */
  readonly check: (schema: Json, value: Json, step?: string | number) => void;
  /** What a value does that a schema does not allow, where that need not be wrong; fills nothing in. */
  readonly attempt: (schema: Json, value: Json) => Violation[];
  /** The schema that a `$ref` leads to. */
  readonly follow: ($ref: Json) => Schema;
  readonly report: (found: readonly Violation[]) => void;
}

type About = Pick<Violation, 'key' | 'index'>;

/** Whether a value is as the keyword asks, or each violation of it; what is wrong further down is reported there. */
type Rule = (value: Json, limit: Json, schema: Schema, walk: Walk) => boolean | readonly About[];

const rulesOf = memoizedByObject((schema: Schema) =>
  Object.entries(schema).flatMap(([keyword, limit]) => {
    const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
    return rule === undefined ? [] : [[keyword, rule, limit] as const];
  }),
);

const number =
  (holds: (value: number, limit: number) => boolean): Rule =>
  (value, limit) =>
    typeof value !== 'number' || holds(value, limit as number);
const text =
  (holds: (value: string, limit: Json) => boolean): Rule =>
  (value, limit) =>
    typeof value !== 'string' || holds(value, limit);
const list =
  (rule: (value: Json[], limit: Json, schema: Schema, walk: Walk) => boolean | About[]): Rule =>
  (value, limit, schema, walk) =>
    !Array.isArray(value) || rule(value, limit, schema, walk);
const object =
  (rule: (value: JsonObject, limit: Json, schema: Schema, walk: Walk) => boolean | About[]): Rule =>
  (value, limit, schema, walk) =>
    !isObject(value) || rule(value, limit, schema, walk);

const RULES: Readonly<Record<string, Rule>> = {
  $ref: (value, $ref, _, walk) => {
    walk.check(walk.follow($ref), value);
    return true;
  },
  enum: (value, allowed) => (allowed as Json[]).some((one) => isEqual(one, value)),
  const: (value, allowed) => isEqual(allowed, value),

  minimum: number((value, limit) => value >= limit),
  maximum: number((value, limit) => value <= limit),
  exclusiveMinimum: number((value, limit) => value > limit),
  exclusiveMaximum: number((value, limit) => value < limit),
  multipleOf: number((value, limit) => Number.isInteger(value / limit)),

  minLength: text((value, limit) => lengthOf(value) >= Number(limit)),
  maxLength: text((value, limit) => lengthOf(value) <= Number(limit)),
  pattern: text((value, pattern) => patternOf(textOf(pattern)).test(value)),

  minItems: list((value, limit) => value.length >= Number(limit)),
  maxItems: list((value, limit) => value.length <= Number(limit)),
  uniqueItems: list((value, wanted) => {
    if (wanted !== true) return true;
    const index = value.findIndex((item, here) => value.findIndex((other) => isEqual(other, item)) < here);
    return index === -1 || [{ index }];
  }),
  items: list((value, items, _, walk) => {
    for (const [index, item] of value.entries()) {
      const schema = Array.isArray(items) ? items[index] : items;
      if (schema !== undefined) walk.check(schema, item, index);
    }
    return true;
  }),
  additionalItems: list((value, more, { items }, walk) => {
    if (!Array.isArray(items)) return true;
    for (let index = items.length; index < value.length; index++) walk.check(more, value[index] ?? null, index);
    return true;
  }),
  contains: list((value, schema, _, walk) => value.some((item) => walk.attempt(schema, item).length === 0)),

  minProperties: object((value, limit) => Object.keys(value).length >= Number(limit)),
  maxProperties: object((value, limit) => Object.keys(value).length <= Number(limit)),
  required: object(missingFrom),
  properties: object((value, _, schema, walk) => {
    const properties = propertiesOf(schema);
    for (const key of Object.keys(value)) {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (property !== undefined) walk.check(property, value[key] ?? null, key);
    }
    return true;
  }),
  patternProperties: object((value, patterns, _, walk) => {
    for (const [pattern, schema] of Object.entries(patterns as JsonObject)) {
      for (const [key, child] of Object.entries(value))
        if (patternOf(pattern).test(key)) walk.check(schema, child, key);
    }
    return true;
  }),
  additionalProperties: object((value, more, schema, walk) => {
    if (more === true) return true;
    const keys = Object.keys(value).filter((key) => !isNamed(schema, key));
    if (more === false) return keys.map((key) => ({ key }));
    for (const key of keys) walk.check(more, value[key] ?? null, key);
    return true;
  }),
  propertyNames: object((value, schema, _, walk) =>
    Object.keys(value)
      .filter((key) => walk.attempt(schema, key).length > 0)
      .map((key) => ({ key })),
  ),
  dependencies: object((value, dependencies, _, walk) =>
    Object.entries(dependencies as JsonObject).flatMap(([key, needed]) => {
      if (!Object.hasOwn(value, key)) return [];
      if (Array.isArray(needed)) return missingFrom(value, needed);
      walk.check(needed, value);
      return [];
    }),
  ),

  allOf: (value, schemas, _, walk) => {
    for (const schema of schemas as Json[]) walk.check(schema, value);
    return true;
  },
  // what keeps the value from each of the schemas is told too: any of it may be what was meant
  anyOf: (value, schemas, _, walk) => {
    const found = (schemas as Json[]).map((schema) => walk.attempt(schema, value));
    if (found.some((violations) => violations.length === 0)) return true;
    walk.report(found.flat());
    return false;
  },
  oneOf: (value, schemas, _, walk) => {
    const found = (schemas as Json[]).map((schema) => walk.attempt(schema, value));
    const matching = found.filter((violations) => violations.length === 0).length;
    if (matching === 0) walk.report(found.flat());
    return matching === 1;
  },
  not: (value, schema, _, walk) => walk.attempt(schema, value).length > 0,
  if: (value, condition, schema, walk) => {
    const next = walk.attempt(condition, value).length === 0 ? schema.then : schema.else;
    if (next !== undefined) walk.check(next, value);
    return true;
  },
};

function missingFrom(value: JsonObject, keys: Json): About[] {
  return (keys as string[]).filter((key) => !Object.hasOwn(value, key)).map((key) => ({ key }));
}

function isOfType(value: Json, type: Json): boolean {
  if (Array.isArray(type)) return type.some((one) => isOfType(value, one));
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function isEqual(one: Json, other: Json): boolean {
  return one === other || (typeof one === 'object' && isDeepStrictEqual(one, other));
}

/** In characters, of which some are two units of a string. */
export function lengthOf(value: string): number {
  return Array.from(value).length;
}

const patternOf = memoized(compilePattern);

function isNamed(schema: Schema, key: string): boolean {
  if (Object.hasOwn(propertiesOf(schema), key)) return true;
  const patterned = schema.patternProperties;
  return isObject(patterned) && Object.keys(patterned).some((pattern) => patternOf(pattern).test(key));
}

function fillDefaults(value: JsonObject, properties: JsonObject): void {
  for (const [key, property] of Object.entries(properties)) {
    const preset = isObject(property) ? property.default : undefined;
    if (preset !== undefined && !Object.hasOwn(value, key)) value[key] = structuredClone(preset);
  }
}
