/** One piece of a Go template's action: everything between `{{` and `}}` that is no white space. */
export interface Token {
  readonly kind: 'name' | 'field' | 'variable' | 'text' | 'literal' | 'mark' | 'end';
  /** Field and variable without `.` and `$`; text without its quotes; a mark as it stands. */
  readonly text: string;
  /** Where it starts in the file, 0-based. */
  readonly offset: number;
  /** Whether it follows the token before it without a space: `.a.b` is one value, `.a .b` are two. */
  readonly glued: boolean;
}

/** A template that cannot be read; Helm would refuse it as well. */
export class TemplateError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** In the order in which they are tried; each matches at the place where the last one ended. */
const RULES: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['variable', /\$(?:[\p{L}_][\p{L}\p{N}_]*)?/uy],
  ['text', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['literal', /'(?:[^'\\]|\\.)+'|[-+]?\.?[0-9](?:[-+]?[0-9A-Za-z_.])*/y],
  ['name', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['mark', /:=|[=|(),.]/y],
];

/** The actions of a template, each as its tokens and an `end`. Text between them and comments are left out. */
export function lexTemplate(text: string): Token[][] {
  const actions: Token[][] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('{{', at);
    if (start < 0) return actions;
    const open = /\{\{(?:-(?=\s))?/y;
    open.lastIndex = start;
    open.exec(text);
    const comment = /\s*\/\*[^]*?\*\/\s*-?\}\}/y;
    comment.lastIndex = open.lastIndex;
    if (comment.test(text)) {
      at = comment.lastIndex;
      continue;
    }
    const tokens = lexAction(text, open.lastIndex);
    actions.push(tokens);
    const end = tokens.at(-1);
    at = (end?.offset ?? start) + (end?.text.length ?? 0);
  }
}

function lexAction(text: string, start: number): Token[] {
  const tokens: Token[] = [];
  let at = start;
  let glued = false;
  for (;;) {
    const close = /\s-\}\}|\}\}/y;
    close.lastIndex = at;
    const closed = close.exec(text);
    if (closed !== null) return [...tokens, { kind: 'end', text: closed[0], offset: at, glued }];
    const found = firstMatch(text, at);
    if (found === undefined) throw new TemplateError('cannot read this template from here on', at);
    if (found.kind !== 'space')
      tokens.push({ kind: found.kind, text: bare(found.kind, found.text), offset: at, glued });
    glued = found.kind !== 'space';
    at += found.text.length;
  }
}

function firstMatch(text: string, at: number): { kind: Token['kind'] | 'space'; text: string } | undefined {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(text);
    // white space before `-}}` belongs to the end of the action
    if (match !== null) return { kind, text: kind === 'space' ? beforeTrim(match[0], text, at) : match[0] };
  }
  return undefined;
}

function beforeTrim(space: string, text: string, at: number): string {
  return space.length > 1 && text.startsWith('-}}', at + space.length) ? space.slice(0, -1) : space;
}

function bare(kind: Token['kind'], text: string): string {
  if (kind === 'field' || kind === 'variable') return text.slice(1);
  if (kind !== 'text') return text;
  return text.startsWith('`') ? text.slice(1, -1) : text.slice(1, -1).replace(/\\(.)/g, '$1');
}
