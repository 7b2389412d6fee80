import { ARRAY_TYPES, type Datatype, type NamedTensor, type TensorData } from '../serving/tensor.js';
import { invalid } from '../serving/invalid.js';

/**
 * Tensors as the protocol's binary data, the same over REST and gRPC: elements in row-major order, little-endian; BYTES
 * as each element after its length in four bytes. Node.js runs on little-endian machines alone, so numbers need no turning.
 */

const LENGTH_BYTES = 4;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The elements that `bytes` hold. They are a copy: each array has a buffer of its own and can go to a worker.
 * @param count what the shape makes
 * @throws ServingError invalid when there are not exactly `count` elements
 */
export function fromBytes(datatype: Datatype, count: number, bytes: Uint8Array): TensorData {
  if (datatype === 'BYTES') return fromLengthPrefixed(count, bytes);
  const size = ARRAY_TYPES[datatype].BYTES_PER_ELEMENT;
  if (bytes.byteLength !== count * size) {
    throw invalid(`has ${String(bytes.byteLength)} bytes of data; its shape and datatype make ${String(count * size)}`);
  }
  const copy = new Uint8Array(bytes);
  if (datatype === 'BOOL' && copy.some((byte) => byte > 1)) throw invalid('has bytes that are neither 0 nor 1');
  return new ARRAY_TYPES[datatype](copy.buffer);
}

function fromLengthPrefixed(count: number, bytes: Uint8Array): string[] {
  // Each element takes its length at least: a shape cannot make a list longer than the data.
  if (bytes.byteLength < count * LENGTH_BYTES) throw endsEarly();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: string[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES;
    if (start > bytes.byteLength) throw endsEarly();
    at = start + view.getUint32(at, true);
    if (at > bytes.byteLength) throw endsEarly();
    elements.push(textOf(bytes.subarray(start, at), i));
  }
  if (at < bytes.byteLength) throw invalid(`has more data than the ${String(count)} elements of its shape`);
  return elements;
}

/** Element `i` as text. @throws ServingError invalid when its bytes are none */
export function textOf(bytes: Uint8Array, i: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalid(`has an element ${String(i)} that is not UTF-8; only text can be given`);
  }
}

const endsEarly = () => invalid('has data that end within an element: each is its length in 4 bytes, then its bytes');

/** The binary data of a tensor; a view of its memory where that is its form already. */
export function toBytes({ data }: Pick<NamedTensor, 'data'>): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const elements = data.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(elements.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.byteLength, true);
    bytes.set(element, at + LENGTH_BYTES);
    at += LENGTH_BYTES + element.byteLength;
  }
  return bytes;
}
