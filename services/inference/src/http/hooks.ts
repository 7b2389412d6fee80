import type { FastifyInstance } from 'fastify';
import { Problem } from '../errors/problem.js';
import type { Readiness } from '../health/readiness.js';

/** Refuses a method that a route does not have, and sends clients elsewhere when the process is about to end. */
export function addHooks(server: FastifyInstance, readiness: Readiness): void {
  server.addHook('onRequest', ({ context, method }, _reply, done) => {
    const route = context?.route;
    if (!route || route.methods.has(method)) {
      done();
      return;
    }
    const allow = [...route.methods].sort().join(', ');
    done(
      new Problem(405, 'method-not-allowed', `${method} is not allowed here; use ${allow}`, {
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
