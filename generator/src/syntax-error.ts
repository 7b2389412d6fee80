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

/** Words a parser's error for a person. `text` is the whole file. */
export function wordSyntaxError({ code, message, pos: [start] }: SyntaxError, text: string): SyntaxProblem {
  if (code === 'DUPLICATE_KEY') {
    const [, key = ''] = /^["']?([^"':\n]*)/.exec(text.slice(start)) ?? [];
    return {
      severity: 'error',
      code: 'duplicate-key',
      message: `the key "${key}" stands here a second time`,
      hint: 'keep one of them: Helm would silently take the last',
      offset: start,
    };
  }
  const words = WORDS[code];
  return {
    severity: 'error',
    code: 'yaml-syntax',
    message: words?.message ?? message,
    ...(words && { hint: words.hint }),
    offset: start,
  };
}
