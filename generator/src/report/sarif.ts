import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { CODES } from '../codes.js';
import type { Finding, Place } from '../errors.js';

/** The findings as SARIF 2.1.0, which code scanning and editors read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
export function toSarif(findings: readonly Finding[]): string {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'brolly', rules: codes.map(toRule) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => toResult(finding, codes.indexOf(finding.code))),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function toRule(code: string): ReportingDescriptor {
  const help = CODES[code] ?? code;
  const summary = help.split('. ')[0] ?? help;
  return {
    id: code,
    shortDescription: { text: `${summary.replace(/\.$/, '')}.` },
    fullDescription: { text: help },
    help: { text: help },
  };
}

function toResult(finding: Finding, ruleIndex: number): Result {
  const { severity, code, message, hint, file, line, column, path, overrides = [] } = finding;
  const physical = file === undefined ? {} : at({ file, line: line ?? 1, column: column ?? 1 });
  const logical = path === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: path }] };
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message}\nhint: ${hint}` },
    locations: file === undefined && path === undefined ? [] : [{ ...physical, ...logical }],
    ...(overrides.length === 0
      ? {}
      : {
          relatedLocations: overrides.map((place, id) => ({ id, message: { text: 'overridden here' }, ...at(place) })),
        }),
  };
}

/** Code scanning resolves a relative URI against the root of the repository. */
function at({ file, line, column }: Place): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
      region: { startLine: line, startColumn: column },
    },
  };
}
