import { isDeepStrictEqual } from 'node:util';
import { ModelLoadError, type ModelRepository, type ModelSource, readManifest } from '../models/model.repository.js';
import type { LoadedModel, WorkerData, WorkerModel } from '../runtime/messages.js';
import type { WorkerPool } from '../runtime/worker-pool.js';
import type { Catalog } from './catalog.js';
import { ServingError } from './model-server.js';
import type { Scheduler } from './scheduler.js';
import { type ModelLimits, type ServedModel, servedModel } from './served-model.js';

export interface LoaderOptions {
  repository: ModelRepository;
  catalog: Catalog;
  pool: WorkerPool;
  scheduler: Scheduler;
  limits: ModelLimits;
}

/** Brings models from the repository into the workers and takes them out again, one change at a time. */
export class ModelLoader {
  private last: Promise<void> = Promise.resolve();
  private loads = 0;

  constructor(private readonly options: LoaderOptions) {}

  /** Loads all models. @throws ModelLoadError, or the error of a worker, with the problems of every model */
  async loadAll(): Promise<void> {
    const { repository, catalog, pool } = this.options;
    const sources = await repository.find();
    for (const source of sources) catalog.mark(source, 'LOADING');
    const models = await this.read(sources);
    await this.flip(models, await pool.start(this.dataOf(models)));
  }

  /**
   * Loads the versions of a model as they are in the repository now. Requests are served all the while, by the versions
   * of before until the new ones are warm.
   * @throws ServingError `not-found`, or `invalid` when it cannot be loaded; then nothing has changed
   */
  load(name: string): Promise<void> {
    return this.inTurn(async () => {
      const { repository, catalog } = this.options;
      const sources = await repository.find(name).catch(refuse(name));
      if (sources.length === 0) throw new ServingError('not-found', `there is no model ${name} in the repository`);
      const before = catalog.of(name);
      try {
        const models = (await this.read(sources)).map(
          (model) => before.find((served) => isSame(served, model)) ?? model,
        );
        if (models.length === before.length && models.every((model) => before.includes(model as ServedModel))) return;
        for (const { manifest } of models) if (!catalog.find(name, manifest.version)) catalog.mark(manifest, 'LOADING');
        await this.change([...catalog.served.filter((served) => !before.includes(served)), ...models]);
      } catch (error) {
        for (const source of sources)
          if (!catalog.find(name, source.version)) catalog.mark(source, 'UNAVAILABLE', (error as Error).message);
        refuse(name)(error);
      }
    });
  }

  /** Takes all versions of a model out; what has come for them is done first. @throws ServingError `not-found` */
  unload(name: string): Promise<void> {
    return this.inTurn(async () => {
      const { catalog } = this.options;
      const before = catalog.of(name);
      if (before.length === 0) {
        if (catalog.index().some((entry) => entry.name === name)) return;
        throw new ServingError('not-found', `there is no model ${name}`);
      }
      await this.change(catalog.served.filter((served) => !before.includes(served)));
    });
  }

  private async change(models: readonly (WorkerModel | ServedModel)[]): Promise<void> {
    await this.options.pool.replace(this.dataOf(models), (loaded) => this.flip(models, loaded));
  }

  /** Sends requests to `models` from now on. Resolves when those that are not served any more have nothing to do. */
  private async flip(
    models: readonly (WorkerModel | ServedModel)[],
    loaded: Record<string, LoadedModel>,
  ): Promise<void> {
    const { catalog, scheduler, limits } = this.options;
    const before = catalog.served;
    const served = models.map((model) => {
      if ('statistics' in model) return model;
      const fresh = servedModel(model, loaded[model.id] ?? UNKNOWN, limits);
      scheduler.open(fresh);
      return fresh;
    });
    catalog.flip(served);
    const gone = before.filter((model) => !served.includes(model));
    const unserved = gone.filter(({ manifest }) => !catalog.find(manifest.name, manifest.version));
    for (const { manifest } of unserved) catalog.mark(manifest, 'UNLOADING');
    await Promise.all(gone.map((model) => scheduler.close(model)));
    for (const { manifest } of unserved) catalog.mark(manifest, 'UNAVAILABLE', 'unloaded');
  }

  private async read(sources: readonly ModelSource[]): Promise<WorkerModel[]> {
    const read = await Promise.allSettled(sources.map((source) => readManifest(source)));
    const problems = read.flatMap((result, i) => {
      const { name = '', version = '' } = sources[i] ?? {};
      return result.status === 'rejected' ? [`model ${name} ${version}: ${(result.reason as Error).message}`] : [];
    });
    if (problems.length > 0) throw new ModelLoadError(problems.join('\n'));
    return read.flatMap((result, i) => {
      if (result.status === 'rejected') return [];
      this.loads += 1;
      const { name, version } = result.value;
      return [
        { id: `${name} ${version} #${String(this.loads)}`, home: sources[i]?.home ?? '', manifest: result.value },
      ];
    });
  }

  private dataOf(models: readonly WorkerModel[]): WorkerData {
    return {
      models: models.map(({ id, home, manifest }) => ({ id, home, manifest })),
      maxTokens: this.options.limits.maxTokens,
    };
  }

  /** One change after the other, whether the one before went well or not. */
  private inTurn(change: () => Promise<void>): Promise<void> {
    const result = this.last.then(change);
    this.last = result.catch(() => undefined);
    return result;
  }
}

/** A worker that is ready has loaded every model; it would have failed otherwise. */
const UNKNOWN: LoadedModel = { signature: { inputs: [], outputs: [] }, loadSeconds: 0 };

const isSame = (a: WorkerModel, b: WorkerModel) => a.home === b.home && isDeepStrictEqual(a.manifest, b.manifest);

const refuse =
  (name: string) =>
  (error: unknown): never => {
    if (error instanceof ServingError) throw error;
    throw new ServingError('invalid', `model ${name} was not loaded: ${(error as Error).message}`);
  };
