import type { Finding } from './errors.js';
import { readIfThere } from './files.js';
import { cleanFinding } from './report/clean.js';
import { toGithub } from './report/github.js';
import { toJson } from './report/json.js';
import { toSarif } from './report/sarif.js';
import { toText } from './report/text.js';
import type { Terminal } from './terminal.js';

/** For a person, a program, the annotations of GitHub Actions, and code scanning. */
export const REPORT_FORMATS = ['text', 'json', 'github', 'sarif'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** All findings in one format, sorted by place; as text each with the line of the file that it speaks of. */
export function reportFindings(
  root: string,
  findings: readonly Finding[],
  format: ReportFormat,
  style: Terminal['style'],
): string {
  const sorted = sortFindings(findings).map(cleanFinding);
  switch (format) {
    case 'json':
      return toJson(sorted);
    case 'sarif':
      return toSarif(sorted);
    case 'github':
      return sorted.map(toGithub).join('\n');
    case 'text': {
      const lines = readLines(root, sorted);
      return sorted
        .map((finding) => toText(finding, style, lines.get(finding.file)?.[(finding.line ?? 0) - 1]))
        .join('\n');
    }
  }
}

/** The lines of every file that a finding names and that is there. */
function readLines(root: string, findings: readonly Finding[]): Map<string | undefined, string[]> {
  const files = [...new Set(findings.map(({ file }) => file))].filter((file) => file !== undefined);
  return new Map(files.map((file) => [file, readIfThere(root, file)?.split(/\r?\n/) ?? []]));
}

/** By file, then by place; what several environments find in a file that they share is told once. */
function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  const byText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...unique.values()].sort(
    (a, b) => byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** "1 environment", "2 environments". */
export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** "2 errors, 1 warning"; "no problems" where there is nothing. */
export function summarize(all: readonly Finding[]): string {
  const findings = sortFindings(all);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const parts = [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : ''];
  return parts.filter((part) => part !== '').join(', ') || 'no problems';
}
