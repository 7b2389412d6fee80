import type { FastifyInstance, preHandlerHookHandler } from 'fastify';
import { Problem } from '../errors/problem.js';
import { compile } from '../schema.js';
import { parseJson } from './json-body.js';
import { refuseOverrides, repositoryIndex, repositoryObstacle } from './repository.js';
import type { V2Parts } from './routes.js';
import { repositoryIndexRequest, repositoryModelRequest } from './schemas.js';

interface OfModel {
  Body: Buffer | undefined;
  Params: { model: string };
}

const checkIndex = compile<{ ready?: boolean }>(repositoryIndexRequest);
const checkModel = compile<{ parameters?: object }>(repositoryModelRequest);
const EMPTY = Buffer.from('{}');

/** The model repository extension: what there is, load, unload. Whose key is good for it is decided before, by the path. */
export function addRepositoryRoutes(server: FastifyInstance, { models, config }: V2Parts): void {
  const preHandler: preHandlerHookHandler = (_request, _reply, done) => {
    const obstacle = repositoryObstacle(config);
    done(obstacle === undefined ? undefined : new Problem(403, 'forbidden', obstacle));
  };
  server.post<OfModel>('/repository/index', { preHandler }, ({ body = EMPTY }) =>
    repositoryIndex(models, parseJson(body, checkIndex).ready),
  );
  server.post<OfModel>('/repository/models/:model/load', { preHandler }, async ({ params, body = EMPTY }) => {
    refuseOverrides(Object.keys(parseJson(body, checkModel).parameters ?? {}));
    await models.load(params.model);
    return {};
  });
  server.post<OfModel>('/repository/models/:model/unload', { preHandler }, async ({ params, body = EMPTY }) => {
    parseJson(body, checkModel);
    await models.unload(params.model);
    return {};
  });
}
