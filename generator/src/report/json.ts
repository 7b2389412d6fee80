import type { Finding } from '../errors.js';

/** The findings as data; its form is described by generator/schemas/findings.schema.json. */
export function toJson(findings: readonly Finding[]): string {
  const number = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
  const counts = { errors: number('error'), warnings: number('warning') };
  const places = findings.map(({ text: _, ...finding }) => finding); // the line itself is for the eye
  return JSON.stringify({ version: 1, counts, findings: places }, null, 2);
}
