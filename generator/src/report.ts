import type { Finding } from './errors.js';
import { readIfThere } from './files.js';
import { cleanFinding } from './report/clean.js';
import { toText } from './report/text.js';
import type { Terminal } from './terminal.js';

/** For a person, a program, the annotations of GitHub Actions, and code scanning. */
export const REPORT_FORMATS = ['text', 'json', 'github', 'sarif'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Prints findings for a person, in the order of the files, each with the line that it is about. */
export function printFindings(terminal: Terminal, root: string, findings: readonly Finding[]): void {
  if (findings.length > 0) terminal.err(formatFindings(root, findings, terminal.style));
}

/** Prints a failure for a person: what it is, and what to do. */
export function printFailure(
  terminal: Terminal,
  { message, hint }: { message: string; hint?: string | undefined },
): void {
  const { red, cyan } = terminal.style;
  terminal.err(`${red('error')}: ${message}`);
  if (hint !== undefined) terminal.err(`${cyan('hint')}: ${hint}`);
}

/** Findings as one text. */
export function formatFindings(root: string, findings: readonly Finding[], style: Terminal['style']): string {
  const files = new Map<string, readonly string[]>(); // many findings may be about one file
  const line = (finding: Finding): string | undefined => lineOf(root, finding, files);
  return tidyFindings(findings)
    .map((finding) => toText(finding, style, finding.text ?? line(finding)))
    .join('\n');
}

/** The line that a finding is about, if its file is there and has it. `files` remembers what was read. */
export function lineOf(
  root: string,
  { file, line }: Finding,
  files = new Map<string, readonly string[]>(),
): string | undefined {
  if (file === undefined || line === undefined) return undefined;
  const lines = files.get(file) ?? readIfThere(root, file)?.split(/\r?\n/) ?? [];
  files.set(file, lines);
  return lines[line - 1];
}

/** Fit to be shown, by file and place; what several environments find in a file that they share is told once. */
export function tidyFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  const byText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...unique.values()]
    .sort((a, b) => byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
    .map(cleanFinding);
}

/** "1 environment", "2 environments". */
export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** "2 errors, 1 warning"; "no problems" where there is nothing. */
export function summarize(all: readonly Finding[]): string {
  const findings = tidyFindings(all);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const parts = [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : ''];
  return parts.filter((part) => part !== '').join(', ') || 'no problems';
}
