import { remarksIn, type Remark } from './comments.js';
import { isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import type { Source } from './yaml.js';

export interface InferOptions {
  readonly title: string;
  readonly description: string;
  /** Names of the chart's subcharts: what stands under them is for their own schemas to judge. */
  readonly subcharts?: readonly string[];
  /** Keys that belong to the chart although its values.yaml does not name them: `enabled`, where a parent asks for it. */
  readonly further?: JsonObject;
}

/** Objects whose keys are the user's own, by the names that charts give them. */
const OPEN = /(?:annotations|labels|selector|resources|requests|limits|affinity|securityContext|env|tags)$/i;

/** helm-docs' names of types; what it calls by another name is left open. */
const TYPES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  boolean: 'boolean',
  float: 'number',
  int: 'integer',
  list: 'array',
  number: 'number',
  object: 'object',
  string: 'string',
  'tpl/string': 'string',
};

/**
 * A schema (draft-07) that a chart's values.yaml agrees with: the type and default of each key, its comment as description.
 * An object that holds keys may hold no others; an empty one, and one whose keys are labels or the like, may hold any.
 * A value that is null may be of any type.
 */
export function inferSchema(
  source: Source,
  { title, description, subcharts = [], further = {} }: InferOptions,
): Schema {
  const remarks = remarksIn(source);
  const values = isObject(source.value) ? source.value : {};
  const own = Object.entries(values).map(([key, value]): [string, Schema] => [
    key,
    subcharts.includes(key) ? subchartOf(key, value) : schemaOf(value, [key], remarks),
  ]);
  const missing = subcharts
    .filter((name) => values[name] === undefined)
    .map((name) => [name, subchartOf(name)] as const);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    description,
    type: 'object',
    additionalProperties: false,
    properties: {
      // Helm fills it in for every chart of a release, and refuses the chart that does not expect it
      global: { description: 'Values that all charts of a release share.', type: 'object' },
      ...further,
      ...Object.fromEntries(own),
      ...Object.fromEntries(missing),
    },
  };
}

function subchartOf(name: string, value: Json = {}): Schema {
  const given = isObject(value) && Object.keys(value).length > 0 ? { default: value } : {};
  return { description: `Values of the subchart ${name}; its own schema says which.`, type: 'object', ...given };
}

function schemaOf(value: Json, path: Path, remarks: ReadonlyMap<string, Remark>): Schema {
  const remark = remarks.get(path.join('.'));
  const described = remark === undefined ? {} : { description: remark.description };
  if (value === null) {
    const type = TYPES[remark?.type ?? ''];
    return type === undefined ? described : { ...described, type: [type, 'null'] };
  }
  if (Array.isArray(value)) return { ...described, type: 'array', default: value, ...itemsOf(value) };
  if (!isObject(value)) return { ...described, type: typeOf(value), default: value };
  const keys = Object.keys(value);
  if (keys.length === 0 || OPEN.test(String(path.at(-1))) || keys.some((key) => /[./]/.test(key)))
    return { ...described, type: 'object', default: value };
  const properties = Object.entries(value).map(
    ([key, inner]) => [key, schemaOf(inner, [...path, key], remarks)] as const,
  );
  return { ...described, type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function typeOf(value: string | number | boolean): string {
  if (typeof value !== 'number') return typeof value;
  return Number.isInteger(value) ? 'integer' : 'number';
}

/** What all items of a list have in common; further items may well have further keys. */
function itemsOf(list: readonly Json[]): { items?: Schema } {
  const types = new Set(list.map((item) => kindOf(item)));
  const [type] = types;
  return types.size === 1 && type !== undefined ? { items: { type } } : {};
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return isObject(value) ? 'object' : typeOf(value);
}
