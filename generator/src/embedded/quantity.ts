/** Suffixes of Kubernetes quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const FACTORS: Readonly<Record<string, number>> = {
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

/** `250m` → 0.25, `384Mi` → 402653184; undefined for what is no quantity. */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]?|[KMGTPE]i)$/.exec(text);
  const factor = FACTORS[match?.[2] ?? 'none'];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** How often the divisor goes into the quantity, rounded up as Kubernetes does for a resourceFieldRef. */
export function divideQuantity(quantity: number, divisor: number): number {
  return Math.ceil(Number((quantity / divisor).toPrecision(15))); // 0.3 / 0.1 is 2.9999999999999996 in binary
}
