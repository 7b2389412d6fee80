import type { Json } from '../model.js';
import { unifiedDiff } from '../text-diff.js';
import { formatObject, type Change, type Counts, type ObjectChange } from './model.js';

/** A line of a diff: what stands in its first column, and the rest. */
export interface Line {
  readonly mark: '+' | '-' | '!' | ' ';
  readonly text: string;
}

/** One changed leaf: two lines for a changed value, the changed lines of a text that has several. */
export function changeLines({ kind, path, from, to }: Change): Line[] {
  if (kind === 'moved') {
    const where =
      from === undefined
        ? 'another order'
        : `moved from place ${String(Number(from) + 1)} to ${String(Number(to) + 1)}`;
    return [{ mark: '!', text: `${path}: ${where}` }];
  }
  if (isText(from) || isText(to)) return textLines(path, from, to);
  return [
    ...(from === undefined ? [] : [{ mark: '-' as const, text: `${path}: ${show(from)}` }]),
    ...(to === undefined ? [] : [{ mark: '+' as const, text: `${path}: ${show(to)}` }]),
  ];
}

/** An object's own line, without what changed in it. */
export function objectTitle(object: ObjectChange): string {
  const was = object.was && ` from ${formatObject({ kind: '', ...object.was }).trim()}`;
  return `${formatObject(object)} ${object.change}${was ?? ''}${object.component === 'argocd' ? '' : ` by ${object.component}`}`;
}

/** What becomes of an object that is renamed, or of the pods of one that is changed. */
export function rolloutLines({ rollout, was }: ObjectChange): Line[] {
  if (was !== undefined) return [{ mark: '!', text: 'the old one is removed and this one is made' }];
  if (rollout === undefined) return [];
  return [
    {
      mark: '!',
      text:
        rollout === 'template' ? 'rolls because its pod template changed' : 'rolls because its configuration changed',
    },
  ];
}

/** `+1 −2 ~3`, or `none`. */
export function formatCounts({ added, removed, changed }: Counts): string {
  const parts = [
    added > 0 ? `+${String(added)}` : '',
    removed > 0 ? `−${String(removed)}` : '',
    changed > 0 ? `~${String(changed)}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ') || 'none';
}

/**
 * Escapes what a reader would not see or a terminal would obey: controls, among them carriage return and escape, and
 * characters that turn the direction of writing or break lines.
 */
export function printable(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text that could be mistaken for a number, a truth value or a list stands in quotes, as in YAML. */
const AMBIGUOUS = /^$|^\s|\s$|^[-+.]?\d|^["'{[]|^(?:true|false|null)$/;

function show(value: Json): string {
  return typeof value === 'string' && !AMBIGUOUS.test(value) ? value : JSON.stringify(value);
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.includes('\n');
}

/** Comparing line by line takes time that grows with the square of what differs. */
const LONGEST_TEXT = 5_000;

function textLines(path: string, from: Json | undefined, to: Json | undefined): Line[] {
  const side = (value: Json | undefined): string =>
    value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const [before, after] = [side(from), side(to)];
  const mark = from === undefined ? '+' : to === undefined ? '-' : '!';
  if (mark !== '!') {
    const lines = (before + after).replace(/\n$/, '').split('\n');
    return [{ mark, text: `${path}:` }, ...lines.map((line): Line => ({ mark, text: `  ${line}` }))];
  }
  const [lengthBefore, lengthAfter] = [before.split('\n').length, after.split('\n').length];
  if (Math.max(lengthBefore, lengthAfter) > LONGEST_TEXT) {
    return [{ mark, text: `${path}: ${String(lengthBefore)} lines → ${String(lengthAfter)} lines, too many to show` }];
  }
  const hunks = unifiedDiff('text', before, after).split('\n').slice(2); // without the two lines that name the files
  const lines = hunks.flatMap((line): Line[] => {
    const first = line.charAt(0);
    if (first === '@' || first === '\\') return [];
    return [{ mark: first === '+' || first === '-' ? first : ' ', text: `  ${line.slice(1)}` }];
  });
  return [{ mark, text: `${path}:` }, ...lines];
}
