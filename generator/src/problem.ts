import type { Finding } from './errors.js';
import { textOf } from './fields.js';
import { formatPath, isObject, quoteValue, type Json, type Path, type Schema } from './model.js';
import { propertiesOf, schemaAt } from './schema.js';
import { nearest } from './suggest.js';

/** A problem that does not know yet in which file it stands. */
export interface Problem extends Omit<Finding, 'file' | 'line' | 'column' | 'path'> {
  readonly at: Path;
  /** Whether the key itself is wrong, not its value. */
  readonly of: 'key' | 'value';
}

/** What a schema check says of one value, as ajv does. */
interface SchemaError {
  readonly keyword: string;
  /** JSON Pointer of the value. */
  readonly instancePath: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}

/** Words what a schema check says for a person: what is wrong, where, and what would be right. */
export function toProblem(
  schema: Schema,
  value: Json,
  { keyword, instancePath, params, message: words }: SchemaError,
): Problem {
  const { path, data } = follow(value, instancePath);
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
  const limit = String(params.limit);
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const known = here === undefined ? [] : Object.keys(propertiesOf(here));
      const meant = nearest(key, known);
      const hint = meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`;
      const message = `unknown key ${quoteValue(key)}`;
      return problem('', { code: 'unknown-key', message, hint, at: [...path, key], of: 'key' });
    }
    case 'propertyNames': {
      const key = String(params.propertyName);
      return problem(`may not have the key ${quoteValue(key)}`, { at: [...path, key], of: 'key' });
    }
    case 'required': {
      const key = String(params.missingProperty);
      return problem(`lacks the key "${key}"`, { code: 'missing-key', ...hintOf(schemaAt(schema, [...path, key])) });
    }
    case 'type': {
      const quotes = params.type === 'string' && typeof data !== 'object' ? 'In quotes it is text.' : '';
      return problem(`has to be ${article(params.type)}, not ${kindOf(data)}`, {
        code: 'wrong-type',
        ...hintOf(here, quotes),
      });
    }
    case 'enum':
    case 'const': {
      const allowed = (params.allowedValues ?? [params.allowedValue]) as Json[];
      const meant = typeof data === 'string' && /[a-z]/i.test(data) ? nearest(data, allowed.map(String)) : undefined;
      const suggestion = meant === undefined ? '' : `did you mean ${quoteValue(meant)}? `;
      const hint = `${suggestion}allowed: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`;
      return problem(`may not be ${quoteValue(data)}`, { code: 'value-not-allowed', hint });
    }
    case 'not':
      return problem(`may not be ${quoteValue(data)}`);
    case 'pattern':
      return problem(`may not be ${quoteValue(data)}: it has to match ${String(params.pattern)}`);
    case 'minimum':
      return problem(`has to be at least ${limit}, not ${quoteValue(data)}`);
    case 'maximum':
      return problem(`has to be at most ${limit}, not ${quoteValue(data)}`);
    case 'minLength':
    case 'maxLength':
      return problem(
        `may have at ${keyword === 'minLength' ? 'least' : 'most'} ${limit} characters, not ${String(textOf(data).length)}`,
      );
    case 'minItems':
    case 'maxItems':
      return problem(
        `may have at ${keyword === 'minItems' ? 'least' : 'most'} ${limit} items, not ${String((data as Json[]).length)}`,
      );
    case 'uniqueItems': {
      const index = Math.max(Number(params.i), Number(params.j));
      return problem(`holds ${quoteValue((data as Json[])[index] ?? null)} twice`, { at: [...path, index] });
    }
    default:
      return problem(`${words ?? 'is wrong'}, but is ${quoteValue(data)}`);
  }
}

/** What a JSON Pointer leads to: "/tolerations/0/key" with list indices as numbers, and the value there. */
function follow(value: Json, pointer: string): { path: Path; data: Json } {
  let data: Json = value;
  const steps = pointer === '' ? [] : pointer.slice(1).split('/');
  const path = steps.map((step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(data)) {
      data = data[Number(key)] ?? null;
      return Number(key);
    }
    data = isObject(data) ? (data[key] ?? null) : null;
    return key;
  });
  return { path, data };
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

function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${quoteValue(value)}`;
}
