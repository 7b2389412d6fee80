import { lexTemplate, TemplateError, type Token } from './lex.js';

/** A value that a template computes. */
export type Expression =
  | { readonly type: 'dot' }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'literal' }
  | { readonly type: 'field'; readonly of: Expression; readonly name: string; readonly offset: number }
  /** A function, or a method where `of` is given; what a pipeline hands on is the last argument. */
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly offset: number }
  | { readonly type: 'method'; readonly of: Expression; readonly args: readonly Expression[] };

/** A pipeline with the variables that it sets, if any: `$key, $value := .Values.labels`. */
export interface Pipeline {
  readonly sets: readonly string[];
  /** Whether the variables are new (`:=`) rather than set again (`=`). */
  readonly declares: boolean;
  readonly value: Expression;
}

export type Node =
  | { readonly type: 'print'; readonly pipeline: Pipeline }
  | {
      readonly type: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly type: 'template'; readonly name: string; readonly context: Expression; readonly offset: number };

export interface Template {
  readonly body: readonly Node[];
  /** Bodies of `define` and `block`, by name. */
  readonly defines: ReadonlyMap<string, readonly Node[]>;
}

/** Reads a Go template. Throws a TemplateError at the first place that is none. */
export function parseTemplate(text: string): Template {
  const parser = new Parser(lexTemplate(text), text.length);
  const { body } = parser.block([]);
  return { body, defines: parser.defines };
}

const LITERALS = ['true', 'false', 'nil'];

class Parser {
  readonly defines = new Map<string, readonly Node[]>();
  private readonly actions: readonly (readonly Token[])[];
  private readonly length: number;
  private action = -1;
  private at = 0;

  constructor(actions: readonly (readonly Token[])[], length: number) {
    this.actions = actions;
    this.length = length;
  }

  /** Nodes up to one of the keywords, which is taken; up to the end of the file where none is named. */
  block(until: readonly string[]): { body: Node[]; ended: string } {
    const body: Node[] = [];
    for (;;) {
      this.action += 1;
      this.at = 0;
      const first = this.actions[this.action]?.[0];
      if (first === undefined) {
        if (until.length === 0) return { body, ended: '' };
        throw new TemplateError(`this block has no {{ ${until.join(' }} or {{ ')} }}`, this.length);
      }
      if (first.kind === 'name' && (until.includes(first.text) || ['end', 'else'].includes(first.text))) {
        if (!until.includes(first.text)) throw new TemplateError(`{{ ${first.text} }} ends nothing`, first.offset);
        this.at = 1;
        return { body, ended: first.text };
      }
      const node = this.node(first);
      if (node !== undefined) body.push(node);
    }
  }

  private node(first: Token): Node | undefined {
    const keyword = first.kind === 'name' ? first.text : '';
    if (!['if', 'with', 'range', 'define', 'block', 'template', 'break', 'continue'].includes(keyword))
      return first.kind === 'end' ? undefined : { type: 'print', pipeline: this.pipeline() };
    this.at = 1;
    if (keyword === 'if' || keyword === 'with' || keyword === 'range') return this.branch(keyword);
    if (keyword === 'break' || keyword === 'continue') return undefined;
    const name = this.take().text;
    const offset = first.offset;
    const context: Expression = this.peek().kind === 'end' ? { type: 'literal' } : this.pipeline().value;
    if (keyword !== 'template') this.defines.set(name, this.block(['end']).body);
    return keyword === 'define' ? undefined : { type: 'template', name, context, offset };
  }

  private branch(type: 'if' | 'with' | 'range'): Node {
    const pipeline = this.pipeline();
    const { body, ended } = this.block(['end', 'else']);
    if (ended === 'end') return { type, pipeline, body, otherwise: [] };
    const { kind, text } = this.peek();
    if (kind === 'name' && (text === 'if' || text === 'with')) {
      this.at += 1;
      return { type, pipeline, body, otherwise: [this.branch(text)] };
    }
    return { type, pipeline, body, otherwise: this.block(['end']).body };
  }

  private pipeline(): Pipeline {
    const start = this.at;
    const sets: string[] = [];
    while (this.peek().kind === 'variable') {
      sets.push(this.take().text);
      const mark = this.take().text;
      if (mark === ':=' || mark === '=') return { sets, declares: mark === ':=', value: this.commands() };
      if (mark !== ',') break;
    }
    this.at = start;
    return { sets: [], declares: false, value: this.commands() };
  }

  private commands(): Expression {
    let value = this.command();
    while (this.isMark('|')) {
      this.at += 1;
      value = this.command(value);
    }
    return value;
  }

  private command(piped?: Expression): Expression {
    const { kind, text, offset } = this.peek();
    const isCall = kind === 'name' && !LITERALS.includes(text);
    const head = isCall ? undefined : this.operand();
    if (isCall) this.at += 1;
    const args: Expression[] = [];
    while (this.peek().kind !== 'end' && !this.isMark('|') && !this.isMark(')')) args.push(this.operand());
    if (piped !== undefined) args.push(piped);
    if (head === undefined) return { type: 'call', name: text, args, offset };
    return args.length === 0 ? head : { type: 'method', of: head, args };
  }

  private operand(): Expression {
    const token = this.take();
    let value = this.simple(token);
    while (this.peek().kind === 'field' && this.peek().glued) {
      const { text: name, offset } = this.take();
      value = { type: 'field', of: value, name, offset };
    }
    return value;
  }

  private simple({ kind, text, offset }: Token): Expression {
    if (kind === 'field') return { type: 'field', of: { type: 'dot' }, name: text, offset };
    if (kind === 'variable') return { type: 'variable', name: text };
    if (kind === 'text') return { type: 'text', value: text };
    if (kind === 'literal' || LITERALS.includes(text)) return { type: 'literal' };
    if (kind === 'name') return { type: 'call', name: text, args: [], offset };
    if (text === '.') return { type: 'dot' };
    if (text !== '(') throw new TemplateError(`"${text.trim()}" is not expected here`, offset);
    const value = this.commands();
    if (!this.isMark(')')) throw new TemplateError('this parenthesis is not closed', offset);
    this.at += 1;
    return value;
  }

  private isMark(text: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.text === text;
  }

  private peek(): Token {
    const token = this.actions[this.action]?.[this.at];
    return token ?? { kind: 'end', text: '', offset: this.length, glued: false };
  }

  private take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }
}
