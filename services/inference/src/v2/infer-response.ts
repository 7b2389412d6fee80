import type { InferResult } from '../serving/model-server.js';
import { classify } from './classification.js';
import type { ResponseForm } from './infer-request.js';
import { toBytes } from './tensor-bytes.js';
import { toJson } from './tensor-json.js';

export interface RenderedResponse {
  body: Buffer;
  /** Bytes of the JSON that the body begins with, when binary data follow it. */
  jsonLength?: number;
}

/**
 * The body of an infer response. The JSON is put together by hand, because `data` may hold integers that JSON.stringify
 * cannot write.
 * @throws ServingError invalid when an output cannot be given in the form that was asked for
 */
export function renderInferResponse(result: InferResult, { id, formatOf }: ResponseForm): RenderedResponse {
  const sections: Uint8Array[] = [];
  const outputs = result.outputs.map((output) => {
    const { binary, classes } = formatOf(output.name);
    const tensor = classes === undefined ? output : classify(output, classes, result.labels);
    const { name, datatype, shape } = tensor;
    if (!binary) return `${open({ name, datatype, shape })},"data":${toJson(tensor)}}`;
    const bytes = toBytes(tensor);
    sections.push(bytes);
    return JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: bytes.byteLength } });
  });
  const head = open({ model_name: result.model, model_version: result.version, id });
  const json = Buffer.from(`${head},"outputs":[${outputs.join(',')}]}`);
  return sections.length === 0 ? { body: json } : { body: Buffer.concat([json, ...sections]), jsonLength: json.length };
}

/** An object in JSON that is still to be closed. */
const open = (members: object) => JSON.stringify(members).slice(0, -1);
