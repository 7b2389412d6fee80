import type { Config } from '../config.js';
import * as v2 from '../v2/schemas.js';
import { failures, jsonBody, JSON_TYPE, ok, type Operation, type Paths } from './operation.js';
import { TIMEOUT_HEADER } from './service-paths.js';

const ERROR = { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/OpenInferenceError' } } };

/** The section of the page. */
export const TAG = 'Open Inference Protocol v2';

const parameter = (name: string, example: string) => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 1 },
  example,
});
const MODEL = parameter('model', 'sentiment');
const VERSION = parameter('version', 'v1.1.0');
const JSON_LENGTH_HEADER = {
  name: 'Inference-Header-Content-Length',
  in: 'header',
  description: 'Bytes of the JSON in a body that goes on with binary tensors',
  schema: { type: 'integer', minimum: 0 },
};
const INFER_EXAMPLE = { inputs: [{ name: 'text', shape: [1], datatype: 'BYTES', data: ['This is amazing'] }] };

const operation = (summary: string, answer: object, ...statuses: number[]): Operation => ({
  tags: [TAG],
  summary,
  responses: { ...ok(answer), ...failures(ERROR, ...statuses) },
});

const infer: Operation = {
  tags: [TAG],
  summary: 'An inference',
  description: 'Tensors as JSON or, in body and answer alike, as binary data after the JSON.',
  parameters: [TIMEOUT_HEADER, JSON_LENGTH_HEADER],
  requestBody: jsonBody(v2.inferRequest, INFER_EXAMPLE),
  responses: {
    200: {
      description: 'The outputs',
      content: {
        [JSON_TYPE]: { schema: v2.inferResponse },
        'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
      },
    },
    ...failures(ERROR, 400, 404, 413, 503, 504),
  },
};

const ofModel = (path: string, parameters: object[]): Paths => {
  const at = (each: Operation): Operation => ({ ...each, parameters: [...parameters, ...(each.parameters ?? [])] });
  return {
    [path]: { get: at(operation('Inputs and outputs of a model', v2.modelMetadata, 404)) },
    [`${path}/ready`]: { get: at(operation('Whether a model can be used', v2.modelReady, 404, 503)) },
    [`${path}/config`]: { get: at(operation('Configuration of a model', v2.modelConfig, 404)) },
    [`${path}/stats`]: { get: at(operation('Statistics of a model', v2.modelStatistics, 404)) },
    [`${path}/infer`]: { post: at(infer) },
  };
};

const load = (summary: string): Operation => ({
  ...operation(summary, { type: 'object' }, 400, 403, 404, 503),
  parameters: [MODEL],
  requestBody: { ...jsonBody(v2.repositoryModelRequest, {}), required: false },
});

/** The routes of the Open Inference Protocol, with the model repository where it is switched on. */
export function v2Paths(config: Config): Paths {
  return {
    '/v2': { get: operation('What this server is', v2.serverMetadata) },
    '/v2/health/live': { get: operation('Whether the server lives', v2.serverLive) },
    '/v2/health/ready': {
      get: {
        ...operation('Whether the server can be used', v2.serverReady),
        responses: {
          ...ok(v2.serverReady, 'Ready'),
          503: { description: 'Not ready', content: { [JSON_TYPE]: { schema: v2.serverReady } } },
          ...failures(ERROR),
        },
      },
    },
    '/v2/models/stats': { get: operation('Statistics of all models', v2.modelStatistics) },
    ...ofModel('/v2/models/{model}', [MODEL]),
    ...ofModel('/v2/models/{model}/versions/{version}', [MODEL, VERSION]),
    ...(config.models.repositoryApi && {
      '/v2/repository/index': {
        post: {
          ...operation('The models there are', v2.repositoryIndex, 400, 403),
          requestBody: { ...jsonBody(v2.repositoryIndexRequest, { ready: true }), required: false },
        },
      },
      '/v2/repository/models/{model}/load': { post: load('Load a model') },
      '/v2/repository/models/{model}/unload': { post: load('Unload a model') },
    }),
  };
}
