import type { Path, Schema } from './model.js';
import { isObject } from './model.js';
import { propertiesOf, resolveRef } from './schema.js';

/** A place in a template that names something the view does not have. */
export interface TemplateFault {
  readonly message: string;
  readonly known: readonly string[];
  /** The step that is unknown. */
  readonly name: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** Schemas of what a view holds, by its first step; each is the root of its own `$ref`s. */
export type Paths = ReadonlyMap<string, Schema>;

/** What stands for the items of a list in a path through a template. */
const ITEM = null;
type TemplatePath = readonly (string | null)[];

/**
 * Goes through a template's syntax tree: finds every name that the view can never have, also inside `{{#if}}` and
 * `{{#each}}`, where Handlebars itself takes it for false; and writes into each call of `yaml` and `text` where its value
 * comes from, as `from="…"`.
 */
export function followTemplate(program: hbs.AST.Program, paths: Paths): TemplateFault[] {
  const faults: TemplateFault[] = [];

  const resolve = (expression: hbs.AST.Expression, contexts: readonly TemplatePath[]): TemplatePath | undefined => {
    if (expression.type === 'SubExpression') {
      (expression as hbs.AST.SubExpression).params.forEach((param) => resolve(param, contexts));
      return undefined;
    }
    if (expression.type !== 'PathExpression') return undefined;
    const { data, depth, parts, loc } = expression as hbs.AST.PathExpression;
    if (data && parts[0] !== 'root') return undefined; // @index, @key, @first
    const path = data ? parts.slice(1) : [...(contexts.at(-1 - depth) ?? []), ...parts];
    const fault = findFault(path, paths);
    if (fault !== undefined) faults.push({ ...fault, line: loc.start.line, column: loc.start.column + 1 });
    return path;
  };

  const follow = (block: hbs.AST.Program | undefined, contexts: readonly TemplatePath[]): void => {
    for (const statement of block?.body ?? []) {
      if (statement.type === 'MustacheStatement') {
        const call = statement as hbs.AST.MustacheStatement;
        const name = (call.path as hbs.AST.PathExpression).original;
        if (name !== 'yaml' && name !== 'text') {
          const { line, column } = call.loc.start;
          const message = `{{${name}}} would put raw text into YAML; write {{yaml ${name}}}`;
          faults.push({ message, name, known: [], line, column: column + 1 });
          continue;
        }
        const from = call.params.map((param) => resolve(param, contexts)).findLast((path) => path !== undefined);
        if (from !== undefined) call.hash = hashOf(from, call.loc);
      } else if (statement.type === 'BlockStatement') {
        const { path, params, program: body, inverse } = statement as hbs.AST.BlockStatement;
        const [subject] = params.map((param) => resolve(param, contexts));
        const kind = path.original;
        const inner = kind === 'each' ? [...(subject ?? []), ITEM] : subject;
        follow(body, kind === 'each' || kind === 'with' ? [...contexts, inner ?? []] : contexts);
        follow(inverse, contexts);
      }
    }
  };
  follow(program, [[]]);
  return faults;
}

function hashOf(path: TemplatePath, loc: hbs.AST.SourceLocation): hbs.AST.Hash {
  const text = JSON.stringify(path);
  const value = { type: 'StringLiteral', value: text, original: text, loc } as hbs.AST.StringLiteral;
  return { type: 'Hash', pairs: [{ type: 'HashPair', key: 'from', value, loc }], loc };
}

/** The first step of a path that no view can have; none where the schema leaves the keys open. */
function findFault(path: TemplatePath, paths: Paths): Pick<TemplateFault, 'message' | 'known' | 'name'> | undefined {
  const [first, ...rest] = path;
  if (first === undefined || first === ITEM) return undefined;
  const root = paths.get(first);
  const unknown = (name: string, known: readonly string[], where: string) => ({
    message: `${where} has no "${name}"`,
    name,
    known,
  });
  if (root === undefined) return unknown(first, [...paths.keys()], 'the view of a template');
  let schema = root;
  const seen: Path = [first];
  for (const [index, step] of rest.entries()) {
    const next = step === ITEM ? schema.items : propertiesOf(schema)[step];
    if (!isObject(next)) {
      const closed = step !== ITEM && isObject(schema.properties);
      const where = [...seen, ...rest.slice(0, index).map((part) => part ?? '[]')].join('.');
      return closed ? unknown(step, Object.keys(propertiesOf(schema)), where) : undefined;
    }
    schema = resolveRef(root, next);
  }
  return undefined;
}
