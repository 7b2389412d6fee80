import type { Finding } from './errors.js';
import { readIfThere } from './files.js';
import type { Terminal } from './terminal.js';

/** Words a finding for a person: place, what is wrong, the line itself with a caret, what to do. */
export function formatFinding(finding: Finding, style: Terminal['style'], line?: string): string {
  const { severity, code, message, hint } = finding;
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const label = severity === 'error' ? style.red('error') : style.yellow('warning');
  const rows = [`${place === '' ? '' : `${style.bold(place)}: `}${label}: ${message} ${style.dim(`[${code}]`)}`];
  if (line !== undefined && finding.line !== undefined && finding.column !== undefined) {
    const number = String(finding.line);
    const before = line.slice(0, finding.column - 1).replace(/[^\t]/g, ' ');
    rows.push(
      `  ${style.dim(`${number} |`)} ${line}`,
      `  ${style.dim(`${' '.repeat(number.length)} |`)} ${before}${style.red('^')}`,
    );
  }
  if (hint !== undefined) rows.push(`  ${style.cyan('hint')}: ${hint}`);
  return rows.map(withoutCredentials).join('\n');
}

/** A finding shows the line that is wrong: the user and password of a URL on it stay untold. */
function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]+@/g, '$1…@');
}

/** Prints findings for a person, in the order of the files, each with the line that it is about. */
export function printFindings(terminal: Terminal, root: string, findings: readonly Finding[]): void {
  for (const finding of sortFindings(findings)) {
    terminal.err(formatFinding(finding, terminal.style, finding.text ?? lineOf(root, finding)));
  }
}

/** The line that a finding is about, if its file is there and has it. */
export function lineOf(root: string, { file, line }: Finding): string | undefined {
  return file === undefined || line === undefined ? undefined : readIfThere(root, file)?.split('\n')[line - 1];
}

/** By file, then by place. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** "1 environment", "2 environments". */
export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
