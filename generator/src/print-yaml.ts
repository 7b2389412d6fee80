import { resolveGoScalar } from './go-scalar.js';
import { memoized } from './memo.js';
import { isObject, type Json, type Path } from './model.js';

export interface PrintOptions {
  /** Comment at the top of the file, without `#`. */
  readonly header?: string;
  /** Comment above the value at a path, without `#`. */
  readonly comment?: (path: Path) => string | undefined;
}

/**
 * Prints canonical block YAML: keys in the order given, no anchors, long lines kept, `|` blocks for multi-line text. What is
 * printed reads back as the same value by Helm's Go reader and by a YAML 1.2 editor. A printer of its own, because a
 * library's document tree costs ten times the rest of an environment.
 */
export function printYaml(value: Json, options: PrintOptions = {}): string {
  const lines = options.header === undefined ? [] : commentLines(options.header, '');
  printNode(lines, value, '', [], options.comment);
  return `${lines.join('\n')}\n`;
}

/** Prints several documents as one stream. */
export function printYamlStream(values: readonly Json[], options: Pick<PrintOptions, 'header'> = {}): string {
  const header = options.header === undefined ? '' : `${commentLines(options.header, '').join('\n')}\n`;
  return header + values.map((value) => printYaml(value)).join('---\n');
}

function commentLines(text: string, indent: string): string[] {
  return text.split('\n').map((line) => `${indent}# ${line}`.trimEnd());
}

/** Appends a value that starts on a line of its own. */
function printNode(lines: string[], value: Json, indent: string, path: Path, comment: PrintOptions['comment']): void {
  if (isObject(value) && isFilled(value)) {
    for (const key of Object.keys(value)) {
      const child = value[key] ?? null;
      const at = comment === undefined ? path : [...path, key]; // only a comment asks where it stands
      const above = comment?.(at);
      if (above !== undefined) {
        if (path.length === 0 && lines.length > 0) lines.push('');
        lines.push(...commentLines(above, indent));
      }
      append(lines, `${indent}${keyOf(key)}:`, child, indent, at, comment);
    }
  } else if (Array.isArray(value) && value.length > 0) {
    for (const [index, item] of value.entries()) {
      const at = comment === undefined ? path : [...path, index];
      const nested: string[] = [];
      if (isFilled(item)) {
        // the first line of the item stands behind the dash
        printNode(nested, item, `${indent}  `, at, comment);
        lines.push(`${indent}- ${(nested[0] ?? '').slice(indent.length + 2)}`, ...nested.slice(1));
      } else append(lines, `${indent}-`, item, indent, at, comment);
    }
  } else append(lines, '', value, indent, path, comment); // a document that is nothing but this
}

/** Appends a value behind its key or dash: on the same line if it is a scalar or empty, below it otherwise. */
function append(
  lines: string[],
  before: string,
  value: Json,
  indent: string,
  path: Path,
  comment: PrintOptions['comment'],
): void {
  if (isFilled(value)) {
    lines.push(before);
    printNode(lines, value, `${indent}  `, path, comment);
    return;
  }
  for (const [index, line] of scalarLines(value).entries()) {
    if (index === 0) lines.push(before === '' ? line : `${before} ${line}`);
    else lines.push(line === '' ? '' : `${indent}  ${line}`);
  }
}

function isFilled(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) for (const _ in value) return true;
  return false;
}

/** The first goes behind the key, the others are lines of a block. */
function scalarLines(value: Json): string[] {
  if (typeof value === 'string') return textLines(value);
  if (typeof value === 'number') return [Object.is(value, -0) ? '0' : String(value)]; // -0 reads back as the integer 0
  if (Array.isArray(value)) return ['[]'];
  return [isObject(value) ? '{}' : String(value)];
}

/** A key longer than 1024 characters needs a question mark (YAML 1.2, 7.4.2). */
const LONGEST_KEY = 1000;

function keyOf(key: string): string {
  const text = styleOf(key) === 'plain' ? key : quote(key);
  if (text.length <= LONGEST_KEY) return text;
  throw new Error(`a key of ${String(text.length)} characters is too long: ${text.slice(0, 40)}…`);
}

/** Characters that a plain or block scalar cannot carry through Go's reader: controls, Unicode line breaks, byte-order marks. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
/** What may stand without quotes: it starts like a word or a path and holds no quote, bracket or comment sign. */
const PLAIN = /^[A-Za-z0-9_./$(-](?:[^:#\n"'`{}[\]]|:(?=[^\s\d]))*$/;
/** Words and numbers of YAML 1.2, which an editor would not read as a string. */
const EDITOR_READS_OTHERWISE =
  /^(?:~|null|true|false|[-+]?(?:0o[0-7]+|0x[0-9a-f]+|\.?[0-9][0-9_.]*(?:e[-+]?[0-9]+)?|\.inf|\.nan))$/i;

type Style = 'plain' | 'block' | 'quoted';

/** How a text has to be written so that both readers read it as that text. */
export const styleOf = memoized(findStyle);

function findStyle(text: string): Style {
  if (UNSAFE.test(text)) return 'quoted';
  // a block's indentation or its end would swallow these spaces
  if (text.includes('\n')) return /^\s|[^\S\n]\n|\n\n$|[^\S\n]$/.test(text) ? 'quoted' : 'block';
  const plain =
    PLAIN.test(text) &&
    text === text.trim() &&
    !/^(?:-|---|\.\.\.)(?:\s|$)/.test(text) &&
    typeof resolveGoScalar(text).value === 'string' &&
    !EDITOR_READS_OTHERWISE.test(text) &&
    !/^\d{4}-\d\d?-\d\d?/.test(text);
  return plain ? 'plain' : 'quoted';
}

function textLines(text: string): string[] {
  const style = styleOf(text);
  if (style !== 'block') return [style === 'plain' ? text : quote(text)];
  return text.endsWith('\n') ? ['|', ...text.slice(0, -1).split('\n')] : ['|-', ...text.split('\n')];
}

/** JSON in double quotes, where every character may stand that Go would fold or refuse once it is escaped. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
