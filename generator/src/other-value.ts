import { isObject, type Json, type JsonObject, type Schema } from './model.js';
import { compilePattern, propertiesOf } from './schema.js';

/** Another value of the same kind, within the schema where that is easy to say. */
export function otherValue(value: Json | undefined, schema: Schema): Json {
  const allowed = Array.isArray(schema.enum) ? schema.enum.find((one) => one !== value) : undefined;
  if (allowed !== undefined) return allowed;
  const type = value === undefined || value === null ? firstOf(schema.type) : typeOf(value);
  if (type === 'boolean') return value !== true;
  if (type === 'number' || type === 'integer') return otherNumber(value, schema);
  if (type === 'array') return [...(Array.isArray(value) ? value : []), otherValue(undefined, itemsOf(schema))];
  if (type === 'object') return otherObject(isObject(value) ? value : {}, schema);
  return otherText(typeof value === 'string' ? value : '', schema);
}

function typeOf(value: Json): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function firstOf(type: Json | undefined): Json | undefined {
  return Array.isArray(type) ? type.find((one) => one !== 'null') : type;
}

function itemsOf({ items }: Schema): Schema {
  return isObject(items) ? items : {};
}

function otherNumber(value: Json | undefined, { minimum = 0, maximum }: Schema): number {
  if (typeof value !== 'number') return Number(minimum);
  return typeof maximum === 'number' && value + 1 > maximum ? value - 1 : value + 1;
}

/** A number in it raised by one, as in a size, a duration or a version; else something behind it. */
function otherText(value: string, { examples, pattern, maxLength }: Schema): string {
  const raised = value.replace(/\d+(?!.*\d)/s, (digits) => String(Number(digits) + 1));
  const given = (Array.isArray(examples) ? examples : []).filter((example) => typeof example === 'string');
  const candidates = [...given, raised, `${value}other`, 'other'].filter((one) => one !== value);
  const regexp = typeof pattern === 'string' ? compilePattern(pattern) : undefined;
  const fits = (text: string): boolean => regexp?.test(text) !== false && text.length <= Number(maxLength ?? Infinity);
  return candidates.find(fits) ?? `${value}other`;
}

/** Every value in it another one; lists and empty objects are left as they are, for what fits in them is hard to guess. */
function otherObject(value: JsonObject, schema: Schema): JsonObject {
  const properties = propertiesOf(schema);
  const entries = Object.entries(Object.keys(value).length === 0 ? properties : value);
  if (entries.length === 0) return { other: 'other' };
  return Object.fromEntries(
    entries.map(([key]) => {
      const [inner, child] = [value[key], properties[key]];
      const isOpen = Array.isArray(inner) || (isObject(inner) && Object.keys(inner).length === 0);
      return [key, isOpen ? inner : otherValue(inner, isObject(child) ? child : {})];
    }),
  );
}
