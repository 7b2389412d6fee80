import { isUtf8 } from 'node:buffer';
import type { Checked } from '../schema.js';
import { invalid, invalidFor } from './invalid.js';

/**
 * The JSON of a body, checked.
 * @throws ServingError invalid with every problem that `check` finds
 */
export function parseJson<T>(bytes: Buffer, check: (value: unknown) => Checked<T>): T {
  if (!isUtf8(bytes)) throw invalid('the body is not UTF-8; binary data need the header Inference-Header-Content-Length');
  const checked = check(parse(bytes.toString()));
  if ('value' in checked) return checked.value;
  throw invalidFor(checked.problems.map(({ field, message }) => `${field || 'the body'} ${message}`));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('the body is not valid JSON');
  }
}
