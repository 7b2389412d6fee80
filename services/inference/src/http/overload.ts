import type { FastifyInstance } from 'fastify';
import { fromServing, sendProblem } from '../errors/problem.filter.js';
import type { ModelServer } from '../serving/model-server.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The model that the route runs; `:model` for the one that its path names. */
    infers?: string;
  }
}

/** The options of a route that runs a model. @param model its name, or `:model` where the path names it */
export const infers = (model: string) => ({ config: { infers: model } });

/**
 * Refuses what the queue of its model has no room for before its body is read: when there is too much to do, as little as
 * possible is done for what will not be. Node throws the body away, so the connection stays good for the next request.
 */
export function refuseOverload(server: FastifyInstance, models: Pick<ModelServer, 'overload'>): void {
  server.addHook('onRequest', ({ context, params }, reply, done) => {
    const wanted = context?.route?.infers;
    if (wanted === undefined) {
      done();
      return;
    }
    const { model, version } =
      wanted === ':model' ? (params as { model: string; version?: string }) : { model: wanted };
    const refused = models.overload(model, version);
    if (refused) sendProblem(reply, fromServing(refused));
    else done();
  });
}
