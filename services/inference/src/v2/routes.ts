import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import type { Readiness } from '../health/readiness.js';
import { infers } from '../http/overload.js';
import { callTerms } from '../serving/call.js';
import { type ModelServer, ServingError } from '../serving/model-server.js';
import { decodeBody } from './content-encoding.js';
import { modelConfig, modelStatistics, serverMetadata } from './describe.js';
import { parseInferRequest } from './infer-request.js';
import { renderInferResponse } from './infer-response.js';
import { invalid } from '../serving/invalid.js';
import { addRepositoryRoutes } from './repository-routes.js';

/** The length of the JSON in a body that goes on with binary data. */
const JSON_LENGTH = 'inference-header-content-length';

export interface V2Parts {
  models: ModelServer;
  readiness: Readiness;
  config: Config;
}
interface OfModel {
  Body: Buffer | undefined;
  Params: { model: string; version?: string };
}

/**
 * The Open Inference Protocol v2 over REST, with Triton's extensions for binary data, model configuration, statistics and the
 * model repository. It is a plugin of Fastify and not a controller of Nest, because a body here is bytes, may be packed, and
 * has a limit of its own. Errors are thrown, and worded as `{"error": …}` where those of all routes are.
 */
export function v2Routes(server: FastifyInstance, parts: V2Parts, done: () => void): void {
  const { models, readiness, config } = parts;
  server.removeAllContentTypeParsers();
  // Clients of the protocol name any type or none.
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
    parsed(null, body);
  });
  server.addHook('preParsing', async (request, _reply, body) => decodeBody(request, body));

  server.get('', serverMetadata);
  server.get('/', { prefixTrailingSlash: 'slash' }, serverMetadata);
  server.get('/health/live', () => ({ live: true }));
  server.get('/health/ready', (_request, reply) => {
    const ready = readiness.obstacle === undefined;
    // The protocol's two documents disagree about the name of the member.
    return reply.code(ready ? 200 : 503).send({ ready, live: true });
  });
  server.get('/models/stats', () => modelStatistics(models.statistics()));

  for (const model of ['/models/:model', '/models/:model/versions/:version']) {
    server.get<OfModel>(model, ({ params }) => models.metadata(params.model, params.version));
    server.get<OfModel>(`${model}/config`, ({ params }) => modelConfig(models.metadata(params.model, params.version)));
    server.get<OfModel>(`${model}/stats`, ({ params }) =>
      modelStatistics(models.statistics(params.model, params.version)),
    );
    server.get<OfModel>(`${model}/ready`, ({ params }) => modelReady(models, params.model, params.version));
    server.post<OfModel>(
      `${model}/infer`,
      { bodyLimit: config.limits.inferBytes, ...infers(':model') },
      (request, reply) => infer(parts, request, reply),
    );
  }
  addRepositoryRoutes(server, parts);
  done();
}

/** @throws ServingError not-found for an unknown model, not-ready for one that cannot serve now */
function modelReady(models: ModelServer, name: string, version?: string) {
  models.metadata(name, version);
  if (!models.isReady(name, version)) throw new ServingError('not-ready', `model ${name} is not ready`);
  return { name, ready: true };
}

async function infer(
  { models, config }: V2Parts,
  request: FastifyRequest<OfModel>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { signal, deadline = Infinity, context } = callTerms(request, reply);
  const { body = Buffer.alloc(0), headers } = request;
  const length = jsonLength(headers[JSON_LENGTH], body.length);
  const { inputs, outputs, timeout, form } = parseInferRequest(body, length, config.limits.tensorElements);
  const until = Math.min(deadline, performance.now() + timeout);
  const { model, version } = request.params;
  const result = await models.infer({ model, version, inputs, outputs, deadline: until, signal, context });
  const rendered = renderInferResponse(result, form);
  if (rendered.jsonLength === undefined) return reply.type('application/json').send(rendered.body);
  return reply.header(JSON_LENGTH, rendered.jsonLength).type('application/octet-stream').send(rendered.body);
}

/** @throws ServingError invalid for a length that the body does not have */
function jsonLength(header: string | string[] | undefined, available: number): number | undefined {
  if (header === undefined) return undefined;
  const length = Number(header);
  if (typeof header === 'string' && /^\d+$/.test(header) && length <= available) return length;
  throw invalid(
    `the header ${JSON_LENGTH} must be the bytes of the JSON: at most the ${String(available)} of the body`,
  );
}
