import type { Finding, Place } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { excerptAround } from './clean.js';

/** Words a finding for a person: place, what is wrong, the line itself with a caret, what it overrides, what to do. */
export function toText(finding: Finding, style: Terminal['style'], line?: string): string {
  const { severity, code, message, hint, overrides = [] } = finding;
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const label = severity === 'error' ? style.red('error') : style.yellow('warning');
  const rows = [`${place === '' ? '' : `${style.bold(place)}: `}${label}: ${message} ${style.dim(`[${code}]`)}`];
  if (line !== undefined && finding.line !== undefined && finding.column !== undefined) {
    const number = String(finding.line);
    const { text, before } = excerptAround(line, finding.column);
    rows.push(
      `  ${style.dim(`${number} |`)} ${text}`,
      `  ${style.dim(`${' '.repeat(number.length)} |`)} ${before.replace(/[^\t]/g, ' ')}${style.red('^')}`,
    );
  }
  if (overrides.length > 0) rows.push(`  ${style.dim('overrides')} ${overrides.map(formatPlace).join(', ')}`);
  if (hint !== undefined) rows.push(`  ${style.cyan('hint')}: ${hint}`);
  return rows.join('\n');
}

/** `environments/base/environment.yaml:40:3`, as editors and terminals link it. */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${String(line)}:${String(column)}`;
}
