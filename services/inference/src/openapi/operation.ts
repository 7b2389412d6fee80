/** The parts of an OpenAPI 3.1 description that are used here; the schemas are JSON Schema. */
export interface Operation {
  tags: [string];
  summary: string;
  description?: string;
  parameters?: object[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, Response>;
  security?: Record<string, string[]>[];
}
export type Content = Record<string, MediaType>;
export interface MediaType {
  schema: object;
  example?: unknown;
}
export interface Response {
  description: string;
  content?: Content;
  headers?: Record<string, object>;
}
/** Operations by method (lower case), by path. */
export type Paths = Record<string, Record<string, Operation>>;

export const JSON_TYPE = 'application/json';

/** An object that has all these members, and no other unless `open`. */
export const objectOf = (properties: Record<string, object>, optional: string[] = []): object => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

export const jsonBody = (schema: object, example: unknown): NonNullable<Operation['requestBody']> => ({
  required: true,
  content: { [JSON_TYPE]: { schema, example } },
});

export const ok = (schema: object, description = 'Done'): Record<string, Response> => ({
  200: { description, content: { [JSON_TYPE]: { schema } } },
});

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds after which trying again makes sense', schema: { type: 'integer' } },
};
const MEANING: Record<number, string> = {
  400: 'The request is not valid; the answer names every problem',
  401: 'An API key is needed and there is none, or a wrong one',
  403: 'The API key is not good for this, or nobody may do it',
  404: 'There is no such model, version or path',
  413: 'The body is too large',
  415: 'The body is of another media type',
  422: 'The input is not valid; the answer names every problem',
  429: 'This client sends too many requests',
  503: 'Not possible now: the models are loading, a worker is lost or the queue is full',
  504: 'The time that the client gave was over before the work was begun',
};

/** The answers of these statuses, and `default` for any other, all of one shape. */
export function failures(content: Content, ...statuses: number[]): Record<string, Response> {
  const entries = statuses.map((status): [string, Response] => [
    String(status),
    {
      description: MEANING[status] ?? '',
      content,
      ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
    },
  ]);
  return { ...Object.fromEntries(entries), default: { description: 'Any other failure', content } };
}
