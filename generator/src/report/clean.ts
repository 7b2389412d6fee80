import type { Finding } from '../errors.js';

/** More characters of a message than this tell nobody more: the value in it may be as long as a whole file. */
const LONGEST = 1000;

/** A finding as it may be shown anywhere: no credentials, no control characters, of bounded length. */
export function cleanFinding(finding: Finding): Finding {
  const { message, hint } = finding;
  return { ...finding, message: cleanText(message), ...(hint === undefined ? {} : { hint: cleanText(hint) }) };
}

/** One line that a terminal or a log can show as it is; a longer text is cut. */
export function cleanText(text: string): string {
  const shown = withoutCredentials(text).replace(CONTROL, escaped);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** Most characters of a line that a code frame shows. */
const WIDTH = 160;

/** The part of a line around a column (1-based) that fits a terminal, and how much of that part stands before the column. */
export function excerptAround(line: string, column: number): { text: string; before: string } {
  const shown = (text: string): string => withoutCredentials(text).replace(CONTROL_BUT_TAB, '\ufffd');
  const [whole, before] = [shown(line), shown(line.slice(0, column - 1))];
  const start = Math.max(0, Math.min(before.length - WIDTH / 2, whole.length - WIDTH));
  const [left, right] = [start > 0 ? '…' : '', start + WIDTH < whole.length ? '…' : ''];
  return { text: left + whole.slice(start, start + WIDTH) + right, before: left + before.slice(start) };
}

/** A line of a file could otherwise tell a terminal or a log viewer what to do. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const CONTROL_BUT_TAB = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What is wrong may be a URL: its user and password stay untold. */
function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]+@/g, '$1…@');
}
