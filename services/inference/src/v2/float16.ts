/** Numbers of 16 bits (IEEE 754 binary16) as their bits: Node.js below 24 has no array of them. */

const scratch = new DataView(new ArrayBuffer(8));
/** A double has 52 bits of fraction and a bias of 1023, a half 10 and 15. */
const SURPLUS_BITS = 42n;
const LARGEST = 65504;
const SMALLEST_NORMAL = 2 ** -14;
const SMALLEST = 2 ** -24;

/** The nearest half, ties to even; infinite beyond the largest. */
export function toHalf(value: number): number {
  scratch.setFloat64(0, value);
  const sign = scratch.getUint8(0) & 0x80 ? 0x8000 : 0;
  if (Number.isNaN(value)) return 0x7e00;
  const size = Math.abs(value);
  if (size < SMALLEST_NORMAL) return sign | roundToEven(size / SMALLEST);
  if (size >= LARGEST + 16) return sign | 0x7c00;
  scratch.setFloat64(0, size);
  const bits = scratch.getBigUint64(0) - (BigInt(1023 - 15) << 52n);
  const half = 1n << (SURPLUS_BITS - 1n);
  const odd = (bits >> SURPLUS_BITS) & 1n;
  // A carry out of the fraction goes into the exponent, as it should.
  return sign | Number((bits + half - 1n + odd) >> SURPLUS_BITS);
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SMALLEST;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
