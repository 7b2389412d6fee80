import type { Config } from '../config.js';
import { Problem } from '../errors/problem.js';
import type { Readiness } from '../health/readiness.js';
import type { Scope } from '../security/scopes.js';
import type { CallTerms } from '../serving/call.js';
import type { ModelServer } from '../serving/model-server.js';
import { modelConfig, modelStatistics, serverMetadata } from '../v2/describe.js';
import { refuseOverrides, repositoryIndex, repositoryObstacle } from '../v2/repository.js';
import { type InferRequestMessage, readInferRequest, writeInferResponse } from './infer-message.js';

export interface InferenceParts {
  models: ModelServer;
  readiness: Readiness;
  config: Config;
}

/** A method that takes one message and gives one; without a scope it is open to all, as probes are. */
export interface UnaryMethod {
  scope?: Scope;
  handle: (request: never, terms: CallTerms) => object | Promise<object>;
}

interface ModelRequest {
  name: string;
  version: string;
}
interface RepositoryRequest {
  model_name: string;
  parameters: Record<string, unknown>;
}

/** The methods of inference.GRPCInferenceService but the stream. They throw ServingError and Problem. */
export function inferenceMethods({ models, readiness, config }: InferenceParts): Record<string, UnaryMethod> {
  const infer = inferFunction(models, config);
  const predict = (handle: UnaryMethod['handle']): UnaryMethod => ({ scope: 'predict', handle });
  const admin = (handle: UnaryMethod['handle']): UnaryMethod => ({
    scope: 'admin',
    handle: (request, terms) => {
      const obstacle = repositoryObstacle(config);
      if (obstacle !== undefined) throw new Problem(403, 'forbidden', obstacle);
      return handle(request, terms);
    },
  });
  return {
    ServerLive: { handle: () => ({ live: true }) },
    ServerReady: { handle: () => ({ ready: readiness.obstacle === undefined }) },
    ServerMetadata: predict(serverMetadata),
    ModelReady: predict((request: ModelRequest) => ({ ready: models.isReady(...modelOf(request)) })),
    ModelMetadata: predict((request: ModelRequest) => models.metadata(...modelOf(request))),
    ModelConfig: predict((request: ModelRequest) => ({ config: modelConfig(models.metadata(...modelOf(request))) })),
    ModelStatistics: predict((request: ModelRequest) =>
      modelStatistics(request.name === '' ? models.statistics() : models.statistics(...modelOf(request))),
    ),
    ModelInfer: predict(infer),
    RepositoryIndex: admin(({ ready }: { ready: boolean }) => ({ models: repositoryIndex(models, ready) })),
    RepositoryModelLoad: admin(async ({ model_name, parameters }: RepositoryRequest) => {
      refuseOverrides(Object.keys(parameters));
      await models.load(model_name);
      return {};
    }),
    RepositoryModelUnload: admin(async ({ model_name }: RepositoryRequest) => {
      await models.unload(model_name);
      return {};
    }),
  };
}

/** The name and the version, which is the default one when left empty. */
const modelOf = ({ name, version }: ModelRequest) => [name, version === '' ? undefined : version] as const;

/** ModelInfer, and each message of ModelStreamInfer. */
export function inferFunction(models: ModelServer, config: Config) {
  return async (request: InferRequestMessage, { signal, deadline = Infinity, context }: CallTerms): Promise<object> => {
    const { model, version, inputs, outputs, timeout } = readInferRequest(request, config.limits.tensorElements);
    const until = Math.min(deadline, performance.now() + timeout);
    const result = await models.infer({ model, version, inputs, outputs, deadline: until, signal, context });
    return writeInferResponse(result, request);
  };
}
