/*
 * Where an ONNX model keeps tensors outside its own file. The format is protobuf (onnx.proto3); only the fields that
 * lead to tensors are followed. ONNX Runtime itself would open whatever path a model names, relative to where the
 * process happens to run, so the paths have to be known before it sees the model.
 */

type MessageName = 'Model' | 'Graph' | 'Node' | 'Attribute' | 'Tensor' | 'Sparse' | 'Function' | 'Training' | 'Entry';

/** Numbers of the fields that lead to tensors, by message of onnx.proto3. */
const FIELDS: Record<MessageName, Record<number, MessageName>> = {
  Model: { 7: 'Graph', 20: 'Training', 25: 'Function' },
  Graph: { 1: 'Node', 5: 'Tensor', 15: 'Sparse' },
  Node: { 5: 'Attribute' },
  Attribute: { 5: 'Tensor', 6: 'Graph', 10: 'Tensor', 11: 'Graph', 22: 'Sparse', 23: 'Sparse' },
  Sparse: { 1: 'Tensor', 2: 'Tensor' },
  Function: { 7: 'Node', 11: 'Attribute' },
  Training: { 1: 'Graph', 2: 'Graph' },
  Tensor: { 13: 'Entry' },
  Entry: {},
};
const ENTRY = { key: 1, value: 2 };
/** Nested graphs deeper than this are no model; following them would exhaust the stack. */
const DEPTH_LIMIT = 100;

/**
 * The paths that the initializers of the model name, each once.
 * @throws Error when the file is no ONNX model, or when tensors in other places than the main graph's initializers lie
 * outside: ONNX Runtime cannot be given those from memory
 */
export function externalDataOf(model: Uint8Array): string[] {
  const found = new Set<string>();
  // Most models name no place at all, and to follow the million fields of a tree ensemble takes a tenth of a second.
  if (!Buffer.from(model.buffer, model.byteOffset, model.byteLength).includes('location')) return [];
  visit(model, 'Model', ['Model'], (location, place) => {
    if (place !== 'Model/Graph/Tensor')
      throw new Error(
        `keeps the data of a tensor other than an initializer of its main graph in ${JSON.stringify(location)}; ` +
          'save the model with that data inside',
      );
    found.add(location);
  });
  return [...found];
}

function visit(
  bytes: Uint8Array,
  message: MessageName,
  path: MessageName[],
  onLocation: (location: string, place: string) => void,
): void {
  if (path.length > DEPTH_LIMIT) throw new Error('is nested too deeply to be a model');
  const entry = new Map<number, string>();
  for (const { field, content } of fieldsOf(bytes)) {
    if (message === 'Entry') entry.set(field, new TextDecoder().decode(content));
    const inner = FIELDS[message][field];
    if (inner) visit(content, inner, [...path, inner], onLocation);
  }
  if (entry.get(ENTRY.key) === 'location') onLocation(entry.get(ENTRY.value) ?? '', path.slice(0, -1).join('/'));
}

/** The fields of a message that have a length: messages, strings and bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; content: Uint8Array }> {
  let at = 0;
  const varint = (): number => {
    for (let value = 0, shift = 1; ; shift *= 128) {
      const byte = bytes[at];
      if (byte === undefined || shift > 2 ** 63) throw new Error('is not an ONNX model');
      at += 1;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const end = varint() + at;
      if (end > bytes.length) throw new Error('is not an ONNX model, or is cut off');
      yield { field: Math.floor(tag / 8), content: bytes.subarray(at, end) };
      at = end;
    } else throw new Error('is not an ONNX model');
  }
}
