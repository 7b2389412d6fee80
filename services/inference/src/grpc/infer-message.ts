import type { InferResult } from '../serving/model-server.js';
import { ARRAY_TYPES, type Datatype, type NamedTensor, type TensorData } from '../serving/tensor.js';
import { classify } from '../v2/classification.js';
import { readInputs, refuseRepeated } from '../v2/inputs.js';
import { each, invalid } from '../serving/invalid.js';
import { fromBytes, textOf, toBytes } from '../v2/tensor-bytes.js';
import { timeoutOf } from '../v2/timeout.js';

/** The messages of inference.proto as they are loaded: integers of 64 bits are decimal text. */
export interface InferRequestMessage {
  model_name: string;
  model_version: string;
  id: string;
  parameters: Record<string, Parameter>;
  inputs: { name: string; datatype: string; shape: string[]; contents: Contents | null }[];
  outputs: { name: string; parameters: Record<string, Parameter> }[];
  raw_input_contents: Buffer[];
}
interface Parameter {
  int64_param?: string;
  uint64_param?: string;
}
type ContentsField = (typeof FIELDS)[keyof typeof FIELDS];
type Contents = Record<ContentsField, unknown[]>;

/** Where the elements of each datatype are; FP16 goes as raw contents alone. */
const FIELDS = {
  BOOL: 'bool_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
} as const satisfies Record<Exclude<Datatype, 'FP16'>, string>;

/** @throws ServingError invalid with every problem */
export function readInferRequest(message: InferRequestMessage, maxElements: number) {
  const { inputs, outputs, raw_input_contents: raw, parameters } = message;
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw invalid(
      `raw_input_contents must be of all inputs: it has ${String(raw.length)}, inputs ${String(inputs.length)}`,
    );
  }
  refuseRepeated('output', outputs);
  each(outputs, ({ name }) => `output ${name}`, checkClasses);
  const timeout = integer(parameters.timeout);
  if (Number(timeout) < 0) throw invalid('parameters.timeout must be 0 or more');
  const declared = inputs.map((input) => ({ ...input, shape: input.shape.map(Number) }));
  return {
    model: message.model_name,
    version: message.model_version === '' ? undefined : message.model_version,
    inputs: readInputs(declared, maxElements, ({ contents }, datatype, count, i) => {
      const bytes = raw[i];
      if (bytes && contents) throw invalid('has both contents and raw_input_contents');
      return bytes ? fromBytes(datatype, count, bytes) : fromContents(datatype, count, contents);
    }),
    outputs: outputs.length > 0 ? outputs.map(({ name }) => name) : undefined,
    /** Milliseconds; Infinity when it names none. */
    timeout: timeoutOf(timeout),
  };
}

/** The response in the form of the request: as raw contents, or each tensor in its field. */
export function writeInferResponse(result: InferResult, request: InferRequestMessage): object {
  const tensors = result.outputs.map((output) => {
    const wanted = request.outputs.find(({ name }) => name === output.name);
    const classes = integer(wanted?.parameters.classification);
    return classes === undefined ? output : classify(output, classes, result.labels);
  });
  const raw = request.raw_input_contents.length > 0 || tensors.some(({ datatype }) => datatype === 'FP16');
  return {
    model_name: result.model,
    model_version: result.version,
    id: request.id,
    outputs: tensors.map(({ name, datatype, shape, data }) => ({
      name,
      datatype,
      shape,
      contents: raw ? null : toContents({ datatype, data }),
    })),
    raw_output_contents: raw ? tensors.map((tensor) => toBytes(tensor)) : [],
  };
}

function checkClasses({ parameters }: InferRequestMessage['outputs'][number]): void {
  if ((integer(parameters.classification) ?? 1) < 1)
    throw invalid('must have a parameters.classification of 1 or more');
}

function integer(parameter: Parameter | undefined): number | undefined {
  const text = parameter?.int64_param ?? parameter?.uint64_param;
  return text === undefined ? undefined : Number(text);
}

function fromContents(datatype: Datatype, count: number, contents: Contents | null): TensorData {
  if (datatype === 'FP16') throw invalid('is of FP16, which goes as raw_input_contents');
  const values = contents?.[FIELDS[datatype]] ?? [];
  if (values.length !== count) {
    throw invalid(`has ${String(values.length)} elements in ${FIELDS[datatype]}; its shape makes ${String(count)}`);
  }
  if (datatype === 'BYTES') return values.map((bytes, i) => textOf(bytes as Buffer, i));
  if (datatype === 'INT64') return BigInt64Array.from(values as string[], BigInt);
  if (datatype === 'UINT64') return BigUint64Array.from(values as string[], BigInt);
  const numbers = new ARRAY_TYPES[datatype](count);
  values.forEach((value, i) => {
    numbers[i] = Number(value);
    // The fields of small integers are wider than they.
    if (numbers[i] !== Number(value) && !Number.isNaN(value))
      throw invalid(`has an element ${String(i)} that is not of ${datatype}`);
  });
  return numbers;
}

function toContents({ datatype, data }: Pick<NamedTensor, 'datatype' | 'data'>): object {
  if (datatype === 'FP16') throw new TypeError('FP16 has no contents');
  if (Array.isArray(data)) return { [FIELDS[datatype]]: data.map((text) => Buffer.from(text)) };
  const values = datatype === 'BOOL' ? Array.from(data as Uint8Array, Boolean) : Array.from<unknown>(data);
  return { [FIELDS[datatype]]: datatype.endsWith('64') && datatype !== 'FP64' ? values.map(String) : values };
}
