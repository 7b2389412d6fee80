import { compile } from '../schema.js';
import type { InferRequest } from '../serving/model-server.js';
import type { NamedTensor } from '../serving/tensor.js';
import { each, invalid } from '../serving/invalid.js';
import { parseJson } from './json-body.js';
import { inputName, readInputs, refuseRepeated } from './inputs.js';
import { inferRequest } from './schemas.js';
import { fromBytes } from './tensor-bytes.js';
import { fromJson } from './tensor-json.js';
import { timeoutOf } from './timeout.js';

/** The JSON of an infer request; binary data follow it in the order of the inputs that have a `binary_data_size`. */
interface Body {
  id?: string;
  parameters?: { binary_data_output?: boolean; timeout?: number };
  inputs: Input[];
  outputs?: { name: string; parameters?: { binary_data?: boolean; classification?: number } }[];
}
interface Input extends Pick<NamedTensor, 'name' | 'datatype' | 'shape'> {
  parameters?: { binary_data_size?: number };
  data?: unknown[];
}

/** How the client wants an output. */
export interface OutputFormat {
  /** As binary data after the JSON, instead of in it. */
  binary: boolean;
  /** Only that many of the largest elements, as text. */
  classes?: number | undefined;
}

/** What the client wants of the response. */
export interface ResponseForm {
  id?: string | undefined;
  formatOf: (output: string) => OutputFormat;
}

export interface ParsedRequest extends Pick<InferRequest, 'inputs' | 'outputs'> {
  /** Milliseconds; Infinity when it names none. */
  timeout: number;
  form: ResponseForm;
}

/** Bytes of JSON up to which all its problems are named. */
const SMALL = 65536;
const findProblems = compile<Body>(inferRequest);
const findProblem = compile<Body>(inferRequest, { allErrors: false });

/**
 * @param body JSON, and binary data after it
 * @param jsonLength bytes of the JSON; all of the body when undefined
 * @throws ServingError invalid with every problem
 */
export function parseInferRequest(body: Buffer, jsonLength: number | undefined, maxElements: number): ParsedRequest {
  const json = body.subarray(0, jsonLength);
  const { id, parameters = {}, inputs, outputs } = parseJson(json, json.length > SMALL ? findProblem : findProblems);
  const sections = splitBinary(inputs, body.subarray(jsonLength ?? body.length));
  if (outputs) refuseRepeated('output', outputs);
  const formats = new Map(outputs?.map(({ name, parameters: wanted }) => [name, wanted]));
  return {
    inputs: readInputs(inputs, maxElements, ({ shape, data }, datatype, count, i) => {
      const bytes = sections[i];
      if (bytes) return fromBytes(datatype, count, bytes);
      if (data) return fromJson(datatype, shape, count, data);
      throw invalid('needs data, or binary data and parameters.binary_data_size');
    }),
    // An empty list asks for all, as in every server of the protocol.
    outputs: outputs && outputs.length > 0 ? outputs.map(({ name }) => name) : undefined,
    timeout: timeoutOf(parameters.timeout),
    form: {
      id,
      formatOf: (output) => ({
        binary: formats.get(output)?.binary_data ?? parameters.binary_data_output ?? false,
        classes: formats.get(output)?.classification,
      }),
    },
  };
}

/** The binary data of each input; undefined of one that has its data in the JSON. */
function splitBinary(inputs: readonly Input[], binary: Buffer): (Buffer | undefined)[] {
  let at = 0;
  const sections = each(inputs, inputName, ({ data, parameters: { binary_data_size: size } = {} }) => {
    if (size === undefined) return undefined;
    if (data) throw invalid('has both data and parameters.binary_data_size');
    at += size;
    return binary.subarray(at - size, at);
  });
  if (at === binary.length) return sections;
  throw invalid(`the inputs say ${String(at)} bytes of binary data; after the JSON there are ${String(binary.length)}`);
}
