import { memoized } from './memo.js';

/**
 * How Helm's reader (sigs.k8s.io/yaml 1.6, on go.yaml.in/yaml/v2) understands a plain scalar: YAML 1.1 with Go's number
 * syntax. Source of the rules: resolve.go of that module; test/helm-parity.test.ts holds them against the real Helm.
 */
export interface GoScalar {
  /** The value; Helm holds every number as a float64, as JavaScript does. */
  readonly value: string | number | boolean | null;
  /** The same scalar as the key of an object; undefined for null and integers over 2^63, which Helm refuses as keys. */
  readonly key: string | undefined;
}

const WORDS = new Map<string, GoScalar>([
  ...words(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], { value: true, key: 'true' }),
  ...words(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], {
    value: false,
    key: 'false',
  }),
  ...words(['', '~', 'null', 'Null', 'NULL'], { value: null, key: undefined }),
  ...words(['.nan', '.NaN', '.NAN'], { value: NaN, key: '.nan' }),
  ...words(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], { value: Infinity, key: '.inf' }),
  ...words(['-.inf', '-.Inf', '-.INF'], { value: -Infinity, key: '-.inf' }),
]);

function words(texts: readonly string[], scalar: GoScalar): [string, GoScalar][] {
  return texts.map((text) => [text, scalar]);
}

/** Numbers that start with a point go to strconv.ParseFloat as they are: an underscore may stand between two digits. */
const POINT_FLOAT = /^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?$/;
/** All other floats lose their underscores first, wherever they stand. */
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

export const resolveGoScalar = memoized(resolve);

function resolve(text: string): GoScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.'))
    return (POINT_FLOAT.test(text) ? toFloat(text.replaceAll('_', '')) : undefined) ?? asText(text);
  if (!/^[-+0-9]/.test(text)) return asText(text);
  const digits = text.replaceAll('_', '');
  const integer = toInteger(digits);
  if (integer !== undefined) return { value: Number(integer), key: integer < 2n ** 63n ? String(integer) : undefined };
  return (FLOAT.test(digits) ? toFloat(digits) : undefined) ?? asText(text);
}

function asText(text: string): GoScalar {
  return { value: text, key: text };
}

/** Undefined beyond the range of a float64, which Go calls an error and reads as text. */
function toFloat(text: string): GoScalar | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { value, key: formatFloat32(value) } : undefined;
}

const BODIES = { '': /^[0-9]+$/, x: /^[0-9a-f]+$/i, o: /^[0-7]+$/, b: /^[01]+$/ };

/**
 * strconv.ParseInt(text, 0, 64), then ParseUint: sign, base prefix, and a leading 0 for octal; undefined where Go errs. Of
 * what begins with 0b, the reader parses the rest by itself as well, so that a sign may stand there.
 */
function toInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0[xob])?([0-9a-f]+)$/i.exec(
    text.replace(/^0b([-+])(?=[01])/, (_, sign: string) => `${sign}0b`),
  );
  if (match === null) return undefined;
  const [, sign = '', prefix = '', body = ''] = match;
  const octal = prefix === '' && body.length > 1 && body.startsWith('0');
  const base = octal ? 'o' : (prefix.slice(1).toLowerCase() as keyof typeof BODIES);
  if (!BODIES[base].test(body)) return undefined;
  const magnitude = BigInt(base === '' ? body : `0${base}${body}`);
  const value = sign === '-' ? -magnitude : magnitude;
  const most = sign === '' ? 2n ** 64n - 1n : 2n ** 63n - 1n; // ParseUint takes no sign
  return value >= -(2n ** 63n) && value <= most ? value : undefined;
}

/** How the reader writes a float that is a key: strconv.FormatFloat(value, 'g', -1, 32), and .inf beyond a float32. */
function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  let digits = 1;
  while (Math.fround(Number(roundTo(digits, single))) !== single) digits += 1; // at most 9, which tell all float32 apart
  const [mantissa = '', exponent = ''] = roundTo(digits, single).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(roundTo(digits, single)));
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** So many digits, in scientific notation: half to even, as Go rounds, where JavaScript rounds half up. */
function roundTo(digits: number, value: number): string {
  const [exact = '', exponent = ''] = value.toExponential(100).split('e');
  const end = exact.indexOf('.') + (digits === 1 ? 0 : digits);
  const [start, rest] = [exact.slice(0, end), exact.slice(end).replace('.', '')];
  return /[02468]$/.test(start) && /^50*$/.test(rest) ? `${start}e${exponent}` : value.toExponential(digits - 1);
}
