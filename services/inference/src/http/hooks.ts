import type { FastifyInstance } from 'fastify';
import { Problem } from '../errors/problem.js';
import type { Readiness } from '../health/readiness.js';
import type { JsonLogger } from '../logger.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import type { RouteTable } from './route-table.js';

interface Parts {
  routes: RouteTable;
  metrics: RequestMetrics;
  readiness: Readiness;
  logger: JsonLogger;
}

/** The status of an answer that its client did not wait for. Not an HTTP status; nginx made it the usual number. */
const CLIENT_GONE = 499;

/** What happens around every request, known route or not: measure, log, refuse a wrong method, name the request. */
export function addHooks(server: FastifyInstance, { routes, metrics, readiness, logger }: Parts): void {
  server.addHook('onRequest', (request, reply, done) => {
    const route = routes.match(request.url);
    const started = process.hrtime.bigint();
    const finish = metrics.begin(route?.template);
    // "close" comes once for every answer, also when the client went away before it.
    reply.raw.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_GONE;
      finish(status, seconds);
      logger.debug('request', {
        request_id: request.id,
        method: request.method,
        endpoint: route?.template ?? 'unmatched',
        status,
        duration_ms: seconds * 1000,
      });
    });
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    if (!route || route.methods.has(request.method)) {
      done();
      return;
    }
    const allow = [...route.methods].sort().join(', ');
    done(
      new Problem(405, 'method-not-allowed', `${request.method} is not allowed here; use ${allow}`, {
        headers: { allow },
      }),
    );
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    // Whoever holds the connection learns to open the next one elsewhere. At the end of the request, because the
    // shutdown may have begun in its middle.
    if (readiness.draining) reply.header('connection', 'close');
    done();
  });
}
