import fastify, { type FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { Problem } from '../errors/problem.js';
import { sendProblem } from '../errors/problem.filter.js';
import { refusal } from '../security/admission.js';
import { type ApiKeys, bearerKey } from '../security/api-keys.js';

/** `GET /metrics` by itself, for a port that what stands before the service does not know. It does not listen yet. */
export function metricsServer(keys: ApiKeys): FastifyInstance {
  const server = fastify();
  server.get('/metrics', async (request, reply) => {
    const refused = refusal(keys, bearerKey(request.headers.authorization), 'metrics');
    if (refused) sendProblem(reply, refused);
    else await reply.type(register.contentType).send(await register.metrics());
    return reply;
  });
  server.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, new Problem(404, 'not-found', 'here is only GET /metrics'));
  });
  return server;
}
