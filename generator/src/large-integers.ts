import type { Finding } from './errors.js';
import { toFinding } from './input.js';
import { formatPath, isObject, type Json, type Path } from './model.js';
import type { GeneratedEnvironment } from './pipeline.js';

/** Go prints a float64 from here on in scientific notation, and Helm holds every number of a values file as one. */
const SCIENTIFIC = 1e6;

/** A warning for each of them, where a person wrote it; at its path in the values where nobody did. */
export function warnOfLargeIntegers({ values, trace }: GeneratedEnvironment, manifests: string): Finding[] {
  return findLargeIntegers(values, manifests).map(({ at, printed }) => {
    const problem = {
      severity: 'warning',
      code: 'large-integer',
      message: `a template prints "${formatPath(at)}" as ${printed}, which is no integer to Kubernetes`,
      hint: 'the template has to say int64: {{ .Values… | int64 }}',
      at,
      of: 'value',
    } as const;
    return toFinding(
      problem,
      trace(at).flatMap(({ origins }) => origins),
    );
  });
}

/** The integers of the values that stand in the rendered manifests as `1e+06`, because a template did not convert them. */
export function findLargeIntegers(values: Json, manifests: string): { at: Path; printed: string }[] {
  return largeIntegers(values).filter(({ printed }) => manifests.includes(printed));
}

function largeIntegers(value: Json, at: Path = []): { at: Path; printed: string }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => largeIntegers(item, [...at, index]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, child]) => largeIntegers(child, [...at, key]));
  return Number.isInteger(value) && Math.abs(Number(value)) >= SCIENTIFIC
    ? [{ at, printed: printFloat(Number(value)) }]
    : [];
}

/** As Go's fmt prints it: an exponent has two digits at least. */
function printFloat(value: number): string {
  return value.toExponential().replace(/e\+(\d)$/, 'e+0$1');
}
