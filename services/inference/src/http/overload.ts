import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { fromServing, sendProblem } from '../errors/problem.filter.js';
import type { ModelServer } from '../serving/model-server.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The model that the route runs; `:model` for the one that its path names. */
    infers?: string;
  }
}

/** Says of a route of a controller which model it runs. */
export const Infers = (model: string) => RouteConfig({ infers: model });

/** The configuration of a route whose path names the model that it runs. */
export const INFERS_OF_PATH = { infers: ':model' };

/**
 * Refuses what the queue of its model has no room for before its body is read: when there is too much to do, as little as
 * possible is done for what will not be. Node throws the body away, so the connection stays good for the next request.
 */
export function refuseOverload(server: FastifyInstance, models: Pick<ModelServer, 'overload'>): void {
  server.addHook('onRequest', ({ routeOptions, params }, reply, done) => {
    const { infers } = routeOptions.config;
    if (infers === undefined) {
      done();
      return;
    }
    const { model, version } =
      infers === ':model' ? (params as { model: string; version?: string }) : { model: infers };
    const refused = models.overload(model, version);
    if (refused) sendProblem(reply, fromServing(refused));
    else done();
  });
}
