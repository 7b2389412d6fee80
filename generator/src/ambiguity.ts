import { resolveCoreScalar } from './core-scalar.js';
import type { Finding } from './errors.js';
import { resolveGoScalar } from './go-scalar.js';
import { formatPath, quoteValue } from './model.js';
import type { PlainScalar, Source } from './yaml.js';

/** Everything that the plain scalars of a file may not be what its author takes them for. */
export function findAmbiguities(source: Source): Finding[] {
  return source.plainScalars().flatMap((scalar) => {
    const problem = unsafeInteger(scalar) ?? ambiguousScalar(scalar);
    if (problem === undefined) return [];
    return [{ ...problem, file: source.file, ...scalar.position(), path: formatPath(scalar.path) }];
  });
}

type Problem = Pick<Finding, 'severity' | 'code' | 'message' | 'hint'>;

/** A scalar that an editor (YAML 1.2) and Helm (YAML 1.1 with Go's numbers) read differently. */
function ambiguousScalar({ text, of }: PlainScalar): Problem | undefined {
  const [editor, go] = [resolveCoreScalar(text), resolveGoScalar(text)];
  if (of === 'key') {
    if (go.key === text) return undefined;
    const helm = go.key === undefined ? 'Helm refuses it' : `${JSON.stringify(go.key)} to Helm`;
    return {
      severity: 'warning',
      code: 'ambiguous-scalar',
      message: `the key ${text} is ${JSON.stringify(text)} to an editor, but ${helm}`,
      hint: `write ${quote(text)}`,
    };
  }
  if (Object.is(editor, go.value)) return undefined;
  return {
    severity: 'warning',
    code: 'ambiguous-scalar',
    message: `${text} is ${kindOf(editor)} to an editor, but ${kindOf(go.value)} to Helm`,
    hint: hintFor(text, editor, go.value),
  };
}

type Scalar = string | number | boolean | null;

/** Both ways out: what is read as Helm reads it now, and as an editor does. */
function hintFor(text: string, editor: Scalar, helm: Scalar): string {
  if (typeof helm === 'boolean') return `write ${String(helm)} for the boolean, ${quote(text)} for the text`;
  const numbers = [...new Set([helm, editor])].filter((value) => typeof value === 'number' && Number.isFinite(value));
  const asNumber = numbers.length === 0 ? '' : `${numbers.join(' or ')} for the number, `;
  return `write ${asNumber}${quote(text)} for the text`;
}

/** An integer whose digits a 64-bit float cannot hold. */
function unsafeInteger({ text, of }: PlainScalar): Problem | undefined {
  if (of === 'key' || !/^[-+]?(?:[0-9][0-9_]*|0[xob][0-9a-f_]+)$/i.test(text)) return undefined;
  const { value } = resolveGoScalar(text);
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return undefined;
  return {
    severity: 'error',
    code: 'unsafe-integer',
    message: `${text} becomes ${String(BigInt(value))}: Helm holds a number as a 64-bit float, exact up to ${String(Number.MAX_SAFE_INTEGER)}`,
    hint: `write ${quote(text)}, as text`,
  };
}

function kindOf(value: Scalar): string {
  if (value === null) return 'empty';
  if (typeof value === 'string') return `the text ${quoteValue(value)}`;
  return `the ${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
}

/** As a person writes text in YAML; what is read as a word or a number holds no quote. */
function quote(text: string): string {
  return `'${text}'`;
}
