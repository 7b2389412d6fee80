import type { Config } from '../config.js';
import type { IndexEntry, ModelServer } from '../serving/model-server.js';
import { invalidFor } from '../serving/invalid.js';

/** Why nobody may use the model repository extension; undefined when whoever has the key may. */
export const repositoryObstacle = ({ models }: Config): string | undefined =>
  models.repositoryApi ? undefined : 'the repository API is off; config.models.repositoryApi switches it on';

/** @param ready whether only models that can serve are wanted */
export const repositoryIndex = (models: ModelServer, ready = false): IndexEntry[] =>
  models.index().filter(({ state }) => !ready || state === 'READY');

/**
 * Triton lets a load bring the model's configuration and files along. Here a model is what lies in its folder, by hash.
 * @throws ServingError invalid
 */
export function refuseOverrides(parameters: readonly string[]): void {
  if (parameters.length === 0) return;
  throw invalidFor(
    parameters.map((name) => `the parameter ${name} is not supported: a model is loaded from its folder`),
  );
}
