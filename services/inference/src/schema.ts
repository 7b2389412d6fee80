import { Ajv, type ErrorObject } from 'ajv';

/** One thing that is wrong with an input. `field` is its path (`texts[2]`), empty for the input as a whole. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** What a check finds: the value with its type, or every problem it has. */
export type Checked<T> = { value: T } | { problems: FieldProblem[] };

interface CompileOptions {
  /** Whether a check writes the schema's defaults into the value it is given; no when left out. */
  useDefaults?: boolean;
  /** Whether a check finds every problem, yes when left out, or the first alone: a large value may have millions. */
  allErrors?: boolean;
}

/**
 * Compiles a JSON Schema (draft-07): the same rules and words for a request, a configuration file and a manifest.
 */
export function compile<T>(
  schema: object,
  { useDefaults = false, allErrors = true }: CompileOptions = {},
): (value: unknown) => Checked<T> {
  const validate = new Ajv({
    allErrors,
    useDefaults,
    // ["number", "null"] is how draft-07 says that a value may be absent.
    allowUnionTypes: true,
    // The strict mode finds mistakes in a schema. The meta-schema finds no more in ours, and to compile it for each of
    // them was a sixth of the start.
    meta: false,
    validateSchema: false,
  }).compile<T>(schema);
  return (value) => (validate(value) ? { value } : { problems: (validate.errors ?? []).map(toProblem) });
}

/** `limits.port: must be …` lines, for a log or a terminal. */
export function formatProblems(problems: readonly FieldProblem[]): string {
  return problems.map(({ field, message }) => `  ${field === '' ? '(whole)' : field}: ${message}`).join('\n');
}

const toProblem = (error: ErrorObject): FieldProblem => ({ field: fieldOf(error), message: messageOf(error) });

function fieldOf({ instancePath, keyword, params }: ErrorObject): string {
  const segments = instancePath.split('/').slice(1).map(unescapePointer);
  if (keyword === 'required') segments.push(String(params.missingProperty));
  if (keyword === 'additionalProperties') segments.push(String(params.additionalProperty));
  return segments.reduce((path, segment) => {
    if (/^\d+$/.test(segment)) return `${path}[${segment}]`;
    return path === '' ? segment : `${path}.${segment}`;
  }, '');
}

/** `~1` and `~0` are how a JSON pointer (RFC 6901) writes `/` and `~`. */
const unescapePointer = (segment: string) => segment.replaceAll('~1', '/').replaceAll('~0', '~');

function messageOf({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not known here: remove it or correct its name';
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`;
    case 'minLength':
      return `must have at least ${count(params.limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${count(params.limit, 'character')}`;
    case 'minItems':
      return `must have at least ${count(params.limit, 'item')}`;
    case 'maxItems':
      return `must have at most ${count(params.limit, 'item')}`;
    case 'type':
      return `must be ${[params.type].flat().map(nameOfType).join(' or ')}`;
    default:
      return message ?? `breaks the rule "${keyword}"`;
  }
}

const count = (limit: unknown, noun: string) => `${String(limit)} ${noun}${limit === 1 ? '' : 's'}`;

const nameOfType = (type: unknown) =>
  type === 'object' ? 'a JSON object' : type === 'null' ? 'null' : `of type ${String(type)}`;
