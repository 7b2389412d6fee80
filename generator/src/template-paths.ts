import { isObject, type Path, type Schema } from './model.js';
import { propertiesOf, resolveRef } from './schema.js';
import { nearest } from './suggest.js';

/** What is wrong with a template, or with what it makes of a view. */
export interface TemplateFault {
  readonly code: 'template-name' | 'template-syntax' | 'absent-value';
  readonly message: string;
  readonly hint?: string;
  /** 1-based; absent where the place cannot be told. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

/** The helpers through which values reach the text, what may be asked for in brackets, and the blocks there are. */
export const VALUES: readonly string[] = ['yaml', 'text'];
const QUESTIONS = ['defined'];
const BLOCKS = ['if', 'unless', 'each', 'with'];

/** Schemas of what a view holds, by its first step; each is the root of its own `$ref`s. */
export type Paths = ReadonlyMap<string, Schema>;

/** What stands for the items of a list in a path through a template. */
const ITEM = null;
type TemplatePath = readonly (string | null)[];

/**
 * Goes through a template's syntax tree: finds every name that the view can never have, also inside `{{#if}}` and
 * `{{#each}}`, where Handlebars itself takes it for false; and writes into each call of `yaml` and `text` where its value
 * comes from and where the call stands, as `from="…" at="…"`.
 */
export function followTemplate(program: hbs.AST.Program, paths: Paths): TemplateFault[] {
  const faults: TemplateFault[] = [];
  const add = ({ start }: hbs.AST.SourceLocation, fault: TemplateFault): void => {
    faults.push({ ...fault, line: start.line, column: start.column + 1 });
  };
  const refuse = (node: hbs.AST.Node, message: string, hint: string): void => {
    add(node.loc, { code: 'template-syntax', message, hint });
  };

  const resolve = (expression: hbs.AST.Expression, contexts: readonly TemplatePath[]): TemplatePath | undefined => {
    if (expression.type === 'SubExpression') {
      const { path, params } = expression as hbs.AST.SubExpression;
      const name = path.original;
      if (!QUESTIONS.includes(name))
        refuse(expression, `there is no helper "${name}"`, 'write (defined PATH), or let the chart decide');
      params.forEach((param) => resolve(param, contexts));
      return undefined;
    }
    if (expression.type !== 'PathExpression') return undefined;
    const { data, depth, parts, loc } = expression as hbs.AST.PathExpression;
    if (data && parts[0] !== 'root') return undefined; // @index, @key, @first
    const path = data ? parts.slice(1) : [...(contexts.at(-1 - depth) ?? []), ...parts];
    const fault = findFault(path, paths);
    if (fault !== undefined) add(loc, fault);
    return path;
  };

  const followCall = (call: hbs.AST.MustacheStatement, contexts: readonly TemplatePath[]): void => {
    const name = (call.path as hbs.AST.PathExpression).original;
    if (!VALUES.includes(name)) {
      refuse(call, `{{${name}}} would put raw text into YAML`, `write {{yaml ${name}}}`);
      return;
    }
    if (call.params.length === 0) {
      refuse(call, `{{${name}}} names no value`, `write {{${name} PATH}}`);
      return;
    }
    const from = call.params.map((param) => resolve(param, contexts)).findLast((path) => path !== undefined);
    call.hash = hashOf({ ...(from && { from: JSON.stringify(from) }), at: placeOf(call) }, call.loc);
  };

  const follow = (block: hbs.AST.Program | undefined, contexts: readonly TemplatePath[]): void => {
    for (const statement of block?.body ?? []) {
      if (statement.type === 'MustacheStatement') followCall(statement as hbs.AST.MustacheStatement, contexts);
      else if (statement.type === 'BlockStatement') {
        const { path, params, program: body, inverse } = statement as hbs.AST.BlockStatement;
        const kind = path.original;
        if (!BLOCKS.includes(kind)) refuse(path, `there is no block "${kind}"`, `there are: ${BLOCKS.join(', ')}`);
        const [subject] = params.map((param) => resolve(param, contexts));
        const inner = kind === 'each' ? [...(subject ?? []), ITEM] : subject;
        follow(body, kind === 'each' || kind === 'with' ? [...contexts, inner ?? []] : contexts);
        follow(inverse, contexts);
      } else if (!['ContentStatement', 'CommentStatement'].includes(statement.type)) {
        refuse(statement, 'a template has no partials and no decorators', 'write out what belongs here');
      }
    }
  };
  follow(program, [[]]);
  return faults;
}

/** "58:11": the place of a call, which its helper gets. */
function placeOf({ loc: { start } }: hbs.AST.Node): string {
  return `${String(start.line)}:${String(start.column + 1)}`;
}

function hashOf(values: Readonly<Record<string, string>>, loc: hbs.AST.SourceLocation): hbs.AST.Hash {
  const pairs = Object.entries(values).map(([key, text]) => {
    const value = { type: 'StringLiteral', value: text, original: text, loc } as hbs.AST.StringLiteral;
    return { type: 'HashPair' as const, key, value, loc };
  });
  return { type: 'Hash', pairs, loc };
}

/** The first step of a path that no view can have; none where the schema leaves the keys open. */
function findFault(path: TemplatePath, paths: Paths): TemplateFault | undefined {
  const [first, ...rest] = path;
  if (first === undefined || first === ITEM) return undefined;
  const root = paths.get(first);
  const unknown = (name: string, known: readonly string[], where: string): TemplateFault => {
    const meant = nearest(name, known);
    const hint = meant === undefined ? `known: ${known.join(', ')}` : `did you mean "${meant}"?`;
    return { code: 'template-name', message: `${where} has no "${name}"`, ...(known.length > 0 && { hint }) };
  };
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
