import type { Finding } from '../errors.js';
import { formatFindings, tidyFindings, type ReportFormat } from '../report.js';
import type { Terminal } from '../terminal.js';
import { toGithub } from './github.js';
import { toJson } from './json.js';
import { toSarif } from './sarif.js';

/** All findings in one format, sorted by place. Empty where a format has nothing to say of none. */
export function reportFindings(
  root: string,
  findings: readonly Finding[],
  format: ReportFormat,
  style: Terminal['style'],
): string {
  switch (format) {
    case 'text':
      return formatFindings(root, findings, style);
    case 'json':
      return toJson(tidyFindings(findings));
    case 'sarif':
      return toSarif(tidyFindings(findings));
    case 'github':
      return tidyFindings(findings).map(toGithub).join('\n');
  }
}
