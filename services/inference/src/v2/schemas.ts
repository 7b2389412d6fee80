/**
 * The bodies of the Open Inference Protocol v2 over REST with its extensions (binary tensor data, classification, model
 * configuration, statistics, model repository) as JSON Schema, draft-07. Members that are not named here are allowed: the
 * protocol is extended by adding them, and its clients send them.
 */
import { DATATYPES } from '../serving/tensor.js';
import { MAX_TENSORS } from './inputs.js';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
const arrayOf = (items: object) => ({ type: 'array', items });
const object = (properties: Record<string, object>, optional: string[] = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const name = { type: 'string', minLength: 1, maxLength: 256 };
const parameters = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };
const datatype = { enum: DATATYPES };
const shape = { ...arrayOf({ type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 }), maxItems: 16 };
const data = { type: 'array' };
const binarySize = { type: 'integer', minimum: 0 };

export const inferRequest = object(
  {
    id: { type: 'string', maxLength: 256 },
    parameters: {
      ...parameters,
      properties: { binary_data_output: flag, timeout: { type: 'integer', minimum: 0 } },
    },
    inputs: {
      ...arrayOf(
        object(
          { name, shape, datatype, parameters: { ...parameters, properties: { binary_data_size: binarySize } }, data },
          ['parameters', 'data'],
        ),
      ),
      minItems: 1,
      maxItems: MAX_TENSORS,
    },
    outputs: {
      ...arrayOf(
        object(
          {
            name,
            parameters: {
              ...parameters,
              properties: { binary_data: flag, classification: { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 } },
            },
          },
          ['parameters'],
        ),
      ),
      maxItems: MAX_TENSORS,
    },
  },
  ['id', 'parameters', 'outputs'],
);

export const inferResponse = object(
  {
    model_name: text,
    model_version: text,
    id: text,
    outputs: arrayOf(
      object({ name, shape, datatype, parameters: object({ binary_data_size: binarySize }), data }, [
        'parameters',
        'data',
      ]),
    ),
  },
  ['id'],
);

const tensors = arrayOf(object({ name, datatype, shape: arrayOf({ type: 'integer', minimum: -1 }) }));

export const serverMetadata = object({ name: text, version: text, extensions: arrayOf(text) });
export const serverLive = object({ live: flag });
export const serverReady = object({ ready: flag });
export const modelReady = object({ name, ready: flag });
export const modelMetadata = object({
  name,
  versions: arrayOf(text),
  platform: text,
  inputs: tensors,
  outputs: tensors,
});

const dims = arrayOf({ type: 'integer', minimum: -1 });
const configTensors = arrayOf(object({ name, data_type: { type: 'string', pattern: '^TYPE_' }, dims }));
export const modelConfig = object({
  name,
  platform: text,
  backend: text,
  max_batch_size: count,
  input: configTensors,
  output: configTensors,
});

const duration = object({ count, ns: count });
export const modelStatistics = object({
  model_stats: arrayOf(
    object({
      name,
      version: text,
      last_inference: count,
      inference_count: count,
      execution_count: count,
      inference_stats: object({
        success: duration,
        fail: duration,
        queue: duration,
        compute_input: duration,
        compute_infer: duration,
        compute_output: duration,
      }),
      batch_stats: { type: 'array' },
    }),
  ),
});

export const repositoryIndexRequest = object({ ready: flag }, ['ready']);
export const repositoryIndex = arrayOf(
  object({ name, version: text, state: { enum: ['READY', 'LOADING', 'UNLOADING', 'UNAVAILABLE'] }, reason: text }),
);
export const repositoryModelRequest = object({ parameters: { type: 'object' } }, ['parameters']);

/** Every answer that is not a success. */
export const error = object({ error: text });
