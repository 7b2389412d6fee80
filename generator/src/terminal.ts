import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Style = (text: string) => string;

/** Where a command prints: results on standard output, everything about the work on standard error. */
export interface Terminal {
  readonly isTTY: boolean;
  /** One line (or several) of result. */
  out(text: string): void;
  /** One line about the work. */
  err(text: string): void;
  /** Progress: one line that is overwritten on a terminal, elsewhere a plain line whenever it changes. */
  status(text: string): void;
  readonly style: Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', Style>;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
}

/** Colour only where everything goes to a terminal, and never with NO_COLOR set (https://no-color.org). */
export function createTerminal(streams: Streams, env: NodeJS.ProcessEnv): Terminal {
  const isTTY = streams.stderr.isTTY === true;
  const color = isTTY && streams.stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  const style =
    (format: Parameters<typeof styleText>[0]): Style =>
    (text) =>
      color ? styleText(format, text, { validateStream: false }) : text;
  let shown = '';
  const clear = (): void => {
    if (isTTY && shown !== '') streams.stderr.write('\r\u001b[K');
    shown = '';
  };
  return {
    isTTY,
    out(text) {
      clear();
      streams.stdout.write(`${text}\n`);
    },
    err(text) {
      clear();
      streams.stderr.write(`${text}\n`);
    },
    status(text) {
      if (text === shown) return;
      if (isTTY) {
        clear();
        streams.stderr.write(text.slice(0, Math.max(20, (streams.stderr.columns ?? 80) - 1)));
      } else streams.stderr.write(`${text}\n`);
      shown = text;
    },
    style: {
      bold: style('bold'),
      dim: style('dim'),
      red: style('red'),
      green: style('green'),
      yellow: style('yellow'),
      cyan: style('cyan'),
    },
  };
}
