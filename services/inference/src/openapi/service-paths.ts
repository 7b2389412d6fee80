import type { Config } from '../config.js';
import { PROBLEM_MEDIA_TYPE } from '../errors/problem.js';
import { requestSchemas } from '../predict/requests.js';
import { failures, jsonBody, JSON_TYPE, objectOf, ok, type Operation, type Paths } from './operation.js';

const text = { type: 'string' };
const number = { type: 'number' };
const moment = { type: 'string', format: 'date-time' };
const milliseconds = { type: 'number', minimum: 0 };
const share = { type: 'number', minimum: 0, maximum: 1 };

const PROBLEM = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };

/** RFC 9457. */
export const problemSchema = objectOf(
  {
    type: { type: 'string', pattern: '^urn:brolly:problem:' },
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: text,
    errors: { type: 'array', items: objectOf({ field: text, message: text }) },
    request_id: text,
  },
  ['errors', 'request_id'],
);

const health = objectOf({ status: text, service: text, version: text, timestamp: moment, reason: text }, ['reason']);
const sentiment = objectOf({
  text,
  sentiment: text,
  confidence: share,
  scores: { type: 'object', additionalProperties: share },
  processing_time_ms: milliseconds,
  timestamp: moment,
});
const batch = objectOf({ predictions: { type: 'array', items: sentiment }, total_processing_time_ms: milliseconds });
const linear = objectOf({ input: number, prediction: number, model_version: text });
const housePrice = objectOf({
  prediction_usd: number,
  model_version: text,
  processing_time_ms: milliseconds,
  timestamp: moment,
});
const models = objectOf({
  models: {
    type: 'array',
    items: objectOf({ name: text, version: text, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } }),
  },
});
const service = objectOf({
  service: text,
  version: text,
  status: text,
  endpoints: { type: 'object', additionalProperties: text },
});

const HOUSE_EXAMPLE = {
  longitude: -122.23,
  latitude: 37.88,
  housing_median_age: 41,
  total_rooms: 880,
  total_bedrooms: 129,
  population: 322,
  households: 126,
  median_income: 8.3252,
  ocean_proximity: 'NEAR BAY',
};

/** How long the client waits; on every route that makes an inference. */
export const TIMEOUT_HEADER = {
  name: 'X-Request-Timeout',
  in: 'header',
  description: 'Seconds that the client waits; work on the request is not begun after them',
  schema: { type: 'number', minimum: 0.001, maximum: 3600, multipleOf: 0.001 },
};

const predict = (summary: string, answer: object, input: Partial<Operation>): Operation => ({
  tags: ['Predictions'],
  summary,
  ...input,
  parameters: [...(input.parameters ?? []), TIMEOUT_HEADER],
  responses: {
    ...ok(answer, 'The prediction'),
    ...failures(PROBLEM, 422, ...(input.requestBody ? [413, 415] : []), 503, 504),
  },
});

const page = (summary: string, type: string): Operation => ({
  tags: ['Service'],
  summary,
  responses: { 200: { description: 'Done', content: { [type]: { schema: text } } }, ...failures(PROBLEM) },
});

const read = (summary: string, answer: object, ...statuses: number[]): Operation => ({
  tags: ['Service'],
  summary,
  responses: { ...ok(answer), ...failures(PROBLEM, ...statuses) },
});

/** The routes of this service's own API. */
export function servicePaths(config: Config): Paths {
  const bodies = requestSchemas(config.limits);
  return {
    '/predict': {
      post: predict('Sentiment of a text', sentiment, {
        requestBody: jsonBody(bodies.predict, { text: 'This is amazing' }),
      }),
    },
    '/predict/batch': {
      post: predict('Sentiment of several texts', batch, {
        requestBody: jsonBody(bodies.batch, { texts: ['This is amazing', 'I expected better'] }),
      }),
    },
    '/predict/house-price': {
      post: predict('Price of a house', housePrice, { requestBody: jsonBody(bodies.house, HOUSE_EXAMPLE) }),
    },
    '/predict/{value}': {
      get: predict('2x + 6, by a model', linear, {
        parameters: [
          { name: 'value', in: 'path', required: true, description: 'A finite number', schema: number, example: 21 },
        ],
      }),
    },
    '/model/info': { get: read('The models, with the hash of each and how well it does', models, 503) },
    '/': { get: read('What this service is', service) },
    '/health': { get: read('Whether the process lives', health) },
    '/ready': {
      get: {
        ...read('Whether the service should be sent requests', health),
        responses: {
          ...ok(health, 'Ready'),
          503: { description: 'Not ready; `reason` says why', content: { [JSON_TYPE]: { schema: health } } },
          ...failures(PROBLEM),
        },
      },
    },
    ...(config.metrics.port === 0 && { '/metrics': { get: page('Metrics for Prometheus', 'text/plain') } }),
    '/openapi.json': { get: read('This description', { type: 'object' }) },
    '/docs': { get: page('This description as a page', 'text/html') },
  };
}
