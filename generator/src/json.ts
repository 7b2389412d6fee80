import { FindingsError } from './errors.js';
import type { Json } from './model.js';

/** Reads JSON. Throws a FindingsError that says where it is none, as far as that can be told. */
export function parseJson(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = error.message.split(/ in JSON|, (?:\.\.\.)?"/)[0] ?? error.message;
    const before = text.slice(0, offsetOf(error.message, text)).split('\n');
    const place = { line: before.length, column: (before.at(-1) ?? '').length + 1 };
    throw new FindingsError([{ severity: 'error', code: 'json-syntax', message, file, ...place }]);
  }
}

/** Signs, text, numbers and words of JSON, one behind the other. */
const LEGAL = /^(?:\s|[[\]{}:,]|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)*/;

/** The parser tells the place of some errors only; the others are the first thing that JSON has no word for, or the end. */
function offsetOf(message: string, text: string): number {
  const told = /at position (\d+)/.exec(message)?.[1];
  return told === undefined ? (LEGAL.exec(text)?.[0].length ?? 0) : Number(told);
}
