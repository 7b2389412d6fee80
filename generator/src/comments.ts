import { isObject, type Json, type Path } from './model.js';
import type { Source } from './yaml.js';

/** What the comments of a values.yaml say about a key. */
export interface Remark {
  readonly description: string;
  /** As helm-docs names it, if it does: `int`, `tpl/string`, `list`. */
  readonly type?: string;
}

/** `## @param image.tag [default: 1.0] Tag of the image`, anywhere in the file. */
const PARAM = /^\s*#+\s*@(?:param|extra)\s+(\S+)\s+(?:\[[^\]]*\]\s*)*(.*)$/;
/** `# image.tag -- Tag of the image`, anywhere in the file. */
const NAMED = /^\s*#+\s+([\w.-]*\w)\s+--\s+(.+)$/;
/** `# -- (string) Tag of the image`; further lines of the comment go on with it. */
const MARKED = /^#+\s*--\s*(.*)$/;

/**
 * What each key's comment says, by the key's path as text (`image.tag`): helm-docs (`# --`), Bitnami (`## @param`), else
 * the plain lines right above the key or behind its value.
 */
export function remarksIn(source: Source): Map<string, Remark> {
  const lines = source.text.split('\n');
  const remarks = new Map<string, Remark>();
  for (const path of keysOf(source.value)) {
    const { line } = source.position(path, 'key');
    const remark = remarkOn(linesAbove(lines, line - 1)) ?? remarkOn([behind(lines[line - 1] ?? '')]);
    if (remark !== undefined) remarks.set(path.join('.'), remark);
  }
  for (const line of lines) {
    const [, path, text] = PARAM.exec(line) ?? NAMED.exec(line) ?? [];
    if (path !== undefined && text !== undefined && text !== '') remarks.set(path, described(text));
  }
  return remarks;
}

function keysOf(value: Json, path: Path = []): Path[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...keysOf(inner, [...path, key])]);
}

/** The comment that ends right above a line, without `#`. An empty line ends it: what stands further up is a heading. */
function linesAbove(lines: readonly string[], line: number): string[] {
  let start = line;
  while (/^\s*#/.test(lines[start - 1] ?? '')) start -= 1;
  return lines.slice(start, line).map((text) => text.trim());
}

/** The comment behind a value, which may hold a `#` itself in quotes. */
function behind(line: string): string {
  return /^(?:[^'"#]|"(?:[^"\\]|\\.)*"|'[^']*')*\s(#.*)$/.exec(line)?.[1] ?? '';
}

function remarkOn(comment: readonly string[]): Remark | undefined {
  const marked = comment.findLastIndex((line) => MARKED.test(line));
  const relevant = marked < 0 ? comment : comment.slice(marked).map((line) => line.replace(MARKED, '# $1'));
  const words = relevant.map((line) => line.replace(/^#+\s?/, '').trim()).filter((line) => isProse(line));
  return words.length === 0 ? undefined : described(words.join(' '));
}

/** Not a directive, a rule of dashes, or YAML that was commented out. */
function isProse(line: string): boolean {
  return /\w/.test(line) && !line.startsWith('@') && !/^-\s|^[a-z][\w.-]*:(?:\s|$)/.test(line);
}

function described(text: string): Remark {
  const [, type, rest] = /^\(([\w/]+)\)\s*(.*)$/.exec(text) ?? [];
  const description = (rest ?? text).trim();
  const sentence = /[.!?]$/.test(description) ? description : `${description}.`;
  return type === undefined ? { description: sentence } : { description: sentence, type };
}
