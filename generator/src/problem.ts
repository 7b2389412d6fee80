import type { Finding } from './errors.js';
import { textOf } from './fields.js';
import { lengthOf, type Violation } from './json-schema.js';
import { formatPath, objectOf, quoteValue, type Json, type Path, type Schema } from './model.js';
import { propertiesOf, schemaAt } from './schema.js';
import { nearest } from './suggest.js';

/** A problem that does not know yet in which file it stands. */
export interface Problem extends Omit<Finding, 'file' | 'line' | 'column' | 'path'> {
  readonly at: Path;
  /** Whether the key itself is wrong, not its value. */
  readonly of: 'key' | 'value';
}

/** Words what a schema check says for a person: what is wrong, where, and what would be right. */
export function toProblem(schema: Schema, { keyword, at: path, data, limit, key = '', index = 0 }: Violation): Problem {
  const here = schemaAt(schema, path);
  const name = path.length === 0 ? 'the document' : `"${formatPath(path)}"`;
  const problem = (message: string, parts: Partial<Problem> = {}): Problem => ({
    severity: 'error',
    code: keyword,
    at: path,
    of: 'value',
    message: `${name} ${message}`,
    ...hintOf(here),
    ...parts,
  });
  const amount = `may have at ${keyword.startsWith('min') ? 'least' : 'most'} ${textOf(limit)}`;
  switch (keyword) {
    case 'additionalProperties': {
      const known = here === undefined ? [] : Object.keys(propertiesOf(here));
      const meant = nearest(key, known);
      const hint = meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`;
      const message = `unknown key ${quoteValue(key)}`;
      return problem('', { code: 'unknown-key', message, hint, at: [...path, key], of: 'key' });
    }
    case 'propertyNames':
      return problem(`may not have the key ${quoteValue(key)}`, { at: [...path, key], of: 'key' });
    case 'required':
    case 'dependencies':
      return problem(`lacks the key "${key}"`, { code: 'missing-key', ...hintOf(schemaAt(schema, [...path, key])) });
    case 'type': {
      const quotes = limit === 'string' && typeof data !== 'object' ? 'In quotes it is text.' : '';
      return problem(`has to be ${article(limit)}, not ${kindOf(data)}`, {
        code: 'wrong-type',
        ...hintOf(here, quotes),
      });
    }
    case 'enum':
    case 'const': {
      const allowed = keyword === 'const' ? [limit] : (limit as Json[]);
      const meant = typeof data === 'string' && /[a-z]/i.test(data) ? nearest(data, allowed.map(String)) : undefined;
      const suggestion = meant === undefined ? '' : `did you mean ${quoteValue(meant)}? `;
      const hint = `${suggestion}allowed: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`;
      return problem(`may not be ${quoteValue(data)}`, { code: 'value-not-allowed', hint });
    }
    case 'not':
    case 'false':
      return problem(`may not be ${quoteValue(data)}`);
    case 'pattern':
      return problem(`may not be ${quoteValue(data)}: it has to match ${textOf(limit)}`);
    case 'minLength':
    case 'maxLength':
      return problem(`${amount} characters, not ${String(lengthOf(textOf(data)))}`);
    case 'minItems':
    case 'maxItems':
      return problem(`${amount} items, not ${String((data as Json[]).length)}`);
    case 'minProperties':
    case 'maxProperties':
      return problem(`${amount} keys, not ${String(Object.keys(objectOf(data)).length)}`);
    case 'uniqueItems':
      return problem(`holds ${quoteValue((data as Json[])[index] ?? null)} twice`, { at: [...path, index] });
    default:
      return problem(`${BOUNDS[keyword]?.(textOf(limit)) ?? `is wrong by "${keyword}"`}, not ${quoteValue(data)}`);
  }
}

const BOUNDS: Readonly<Record<string, (limit: string) => string>> = {
  minimum: (limit) => `has to be at least ${limit}`,
  maximum: (limit) => `has to be at most ${limit}`,
  exclusiveMinimum: (limit) => `has to be more than ${limit}`,
  exclusiveMaximum: (limit) => `has to be less than ${limit}`,
  multipleOf: (limit) => `has to be a multiple of ${limit}`,
  contains: () => 'has to hold an item that its schema asks for',
  anyOf: () => 'has to be one of several things that its schema allows',
  oneOf: () => 'has to be exactly one of several things that its schema allows',
};

function hintOf(schema: Schema | undefined, advice = ''): { hint?: string } {
  const examples = Array.isArray(schema?.examples) ? `For example ${JSON.stringify(schema.examples[0])}.` : '';
  const description = typeof schema?.description === 'string' ? schema.description : '';
  const parts = [advice, description, examples].filter((part) => part !== '');
  return parts.length === 0 ? {} : { hint: parts.join(' ') };
}

function article(type: Json): string {
  return [type]
    .flat()
    .map((one) => `${/^[aeiou]/.test(textOf(one)) ? 'an' : 'a'} ${textOf(one)}`)
    .join(' or ');
}

function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${quoteValue(value)}`;
}
