import { isUtf8 } from 'node:buffer';
import { isDeeper } from '../http/json-body.js';
import type { Checked } from '../schema.js';
import { invalid, invalidFor } from '../serving/invalid.js';

/** Deepest nesting: a tensor of sixteen dimensions within the members that hold it. */
const MAX_DEPTH = 24;

/**
 * The JSON of a body, checked.
 * @throws ServingError invalid with every problem that `check` finds
 */
export function parseJson<T>(bytes: Buffer, check: (value: unknown) => Checked<T>): T {
  if (!isUtf8(bytes))
    throw invalid('the body is not UTF-8; binary data need the header Inference-Header-Content-Length');
  const text = bytes.toString();
  if (isDeeper(text, MAX_DEPTH)) throw invalid(`the body nests deeper than ${String(MAX_DEPTH)} levels`);
  const checked = check(parse(text));
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
