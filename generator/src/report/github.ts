import type { Finding } from '../errors.js';
import { formatPlace } from './text.js';

/**
 * A workflow command of GitHub Actions, which shows the finding at its line of the pull request.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function toGithub({ severity, code, message, hint, file, line, column, overrides = [] }: Finding): string {
  const properties = Object.entries({ file, line, col: column, title: code })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const rows = [message];
  if (overrides.length > 0) rows.push(`overrides ${overrides.map(formatPlace).join(', ')}`);
  if (hint !== undefined) rows.push(`hint: ${hint}`);
  return `::${severity} ${properties.join(',')}::${escapeData(rows.join('\n'))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** In a property the signs that end it are escaped too. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
