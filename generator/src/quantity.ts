import type { Json } from './model.js';

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A Kubernetes quantity as a number of cores or bytes: `250m` is 0.25, `1Gi` is 1073741824. Undefined for what is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d*)?|\.\d+)(e\d+|[a-z]?i?)$/i.exec(value) : null;
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const factor = /^e\d/i.test(unit) ? Number(`1${unit}`) : UNITS[unit];
  return factor === undefined ? undefined : Number(digits) * factor;
}

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** A duration with units, as Prometheus and VictoriaMetrics write it, in seconds: `1m30s` is 90, `1y` is 365 days. */
export function parseDuration(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (SECONDS[unit] ?? 0), 0);
}
