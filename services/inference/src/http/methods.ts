import type { FastifyInstance } from 'fastify';
import { Problem } from '../errors/problem.js';

/** Refuses a method that a route does not have. */
export function refuseMethods(server: FastifyInstance): void {
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
}
