import type { FastifyInstance } from 'fastify';
import type { JsonLogger } from '../logger.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import type { Tracing } from '../telemetry/tracing.js';
import { RequestContext, type Timings } from './request-context.js';
import type { RouteTable } from './route-table.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of every request from here on; what Fastify or Nest answer before, such as `GET *`, has none. */
    context: RequestContext | undefined;
  }
}

interface Parts {
  routes: RouteTable;
  metrics: RequestMetrics;
  tracing: Tracing;
  logger: JsonLogger;
}

/** The status of an answer that its client did not wait for. Not an HTTP status; nginx made it the usual number. */
const CLIENT_GONE = 499;

/** Gives every request, known route or not, its context, and tells metrics, log and trace of it. */
export function observeRequests(server: FastifyInstance, { routes, metrics, tracing, logger }: Parts): void {
  server.decorateRequest('context');
  server.addHook('onRequest', (request, reply, done) => {
    const { method, headers, id } = request;
    const route = routes.match(request);
    const trace = tracing.begin(method, route?.template, headers);
    // Set here and not in a hook before the sending, which every answer would have to pass.
    const context: RequestContext = new RequestContext(id, route, trace, (timings) => {
      reply.header('server-timing', serverTiming(timings, context.started));
    });
    request.context = context;
    const finish = metrics.begin(route?.template);
    // "close" comes once for every answer, also when the client went away before it.
    reply.raw.on('close', () => {
      const milliseconds = performance.now() - context.started;
      const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_GONE;
      finish(status, milliseconds / 1000);
      trace?.end(status);
      if (!logger.writes('debug')) return;
      const endpoint = route?.template ?? 'unmatched';
      logger.debug('request', { ...context.ids, method, endpoint, status, duration_ms: milliseconds });
    });
    reply.header('x-request-id', id);
    if (trace?.response !== undefined) reply.header('traceresponse', trace.response);
    done();
  });
}

/** The header of https://www.w3.org/TR/server-timing/; durations in milliseconds, the total from the head of the request. */
function serverTiming({ queue, tokenize, compute }: Timings, started: number): string {
  const total = (performance.now() - started) / 1000;
  const tokens = tokenize > 0 ? `, tokenize;dur=${ms(tokenize)}` : '';
  return `queue;dur=${ms(queue)}${tokens}, compute;dur=${ms(compute)}, total;dur=${ms(total)}`;
}

const ms = (seconds: number) => String(Math.round(seconds * 1e6) / 1000);
