import type { Finding } from './errors.js';

/** What is wrong with the syntax of a file, and how far into its text. */
export interface SyntaxProblem extends Pick<Finding, 'severity' | 'code' | 'message' | 'hint'> {
  /** 0-based, in characters. */
  readonly offset: number;
}

/** What a YAML parser reports, with what it calls the kind of the error. */
interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** For the errors that people make most: what is wrong in their words, and what to do. */
const WORDS: Readonly<Record<string, { readonly message?: string; readonly hint: string }>> = {
  RESOURCE_EXHAUSTION: { message: 'lists or objects are nested too deeply here', hint: 'nothing needs as many levels' },
  TAB_AS_INDENT: { message: 'a tab stands where the line begins', hint: 'indent with spaces' },
  MULTIPLE_DOCS: { message: 'a second document begins here', hint: 'remove the line "---", or what follows it' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second key on one line',
    hint: 'text that holds a colon and a space needs quotes',
  },
  BAD_INDENT: { hint: 'keys of one object begin in the same column, deeper ones further to the right' },
  BAD_DQ_ESCAPE: { hint: "between single quotes ('…') a backslash is only a backslash" },
  MISSING_CHAR: { hint: 'the quote or bracket was opened above' },
  UNEXPECTED_TOKEN: { hint: 'text that begins with one of @ ` % & * ! | > { [ or holds ": " or " #" needs quotes' },
};

/** Words a parser's errors for a person, one for each line: what else is said of a line follows from the first. `text` is the whole file. */
export function wordSyntaxErrors(errors: readonly SyntaxError[], text: string): SyntaxProblem[] {
  const lineOf = (offset: number): number => text.lastIndexOf('\n', offset - 1);
  const lines = new Map(errors.toReversed().map((error) => [lineOf(error.pos[0]), error]));
  return errors.filter((error) => lines.get(lineOf(error.pos[0])) === error).map(wordSyntaxError);
}

function wordSyntaxError({ code, message, pos: [start] }: SyntaxError): SyntaxProblem {
  const words = WORDS[code];
  return {
    severity: 'error',
    code: 'yaml-syntax',
    message: words?.message ?? message,
    ...(words && { hint: words.hint }),
    offset: start,
  };
}

/** What Go's reader takes: https://yaml.org/spec/1.1/#c-printable. A byte that is no UTF-8 was read as U+FFFD. */
const UNREADABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffc\u{10000}-\u{10ffff}]/u;

/** The first character of a file that no YAML may hold. */
export function findUnreadable(text: string): SyntaxProblem | undefined {
  const match = UNREADABLE.exec(text);
  if (match === null) return undefined;
  const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const [message, hint] =
    code === 'FFFD'
      ? ['a character that is no UTF-8 stands here', 'save the file as UTF-8']
      : [`the character U+${code} may not stand in YAML`, `remove it, or write "\\u${code}" in quotes`];
  return { severity: 'error', code: 'yaml-syntax', message, hint, offset: match.index };
}
