import { Inject, Injectable } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { Readiness } from '../health/readiness.js';
import { JsonLogger } from '../logger.js';
import { ModelMetrics } from '../metrics/model-metrics.js';
import type { Manifest } from '../models/manifest.js';
import { ModelRepository } from '../models/model.repository.js';
import { Catalog } from '../serving/catalog.js';
import { infer, type Serving } from '../serving/infer.js';
import { ModelLoader } from '../serving/model-loader.js';
import {
  type IndexEntry,
  type InferRequest,
  type InferResult,
  type ModelMetadata,
  type ModelServer,
  type ModelStatistics,
  ServingError,
} from '../serving/model-server.js';
import { Scheduler } from '../serving/scheduler.js';
import { metadataOf } from '../serving/served-model.js';
import { countFailure } from '../serving/statistics.js';
import { Tracing } from '../telemetry/tracing.js';
import { CONFIG } from '../tokens.js';
import { cpuSources, workerCount } from './worker-count.js';
import { WorkerPool } from './worker-pool.js';

const MODELS_FOLDER = fileURLToPath(new URL('../../models/', import.meta.url));

interface Parts extends Serving {
  loader: ModelLoader;
}

/** The models of the service, loaded and running. */
@Injectable()
export class ModelRuntime implements ModelServer {
  private parts: Parts | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly metrics: ModelMetrics,
    private readonly tracing: Tracing,
    private readonly logger: JsonLogger,
  ) {}

  /**
   * Loads the models of `folder` and of `config.models.folders` and starts the workers; ready afterwards.
   * @throws ModelLoadError, or the error of a worker that did not start, with the problems of every model
   */
  async start(folder = MODELS_FOLDER): Promise<void> {
    const started = performance.now();
    const parts = this.assemble(folder);
    this.parts = parts;
    try {
      await parts.loader.loadAll();
    } catch (error) {
      await parts.pool.close();
      throw error;
    }
    this.readiness.watch(() => this.obstacle(parts));
    this.logger.info('models are ready', {
      workers: parts.pool.alive,
      duration_ms: Math.round(performance.now() - started),
      models: parts.catalog.served.map(({ manifest: { name, version } }) => `${name} ${version}`),
    });
  }

  /** The manifest of every version that is served. @throws ServingError `not-ready` before they are loaded */
  manifests(): readonly Manifest[] {
    const { catalog } = this.loaded();
    if (catalog.served.length === 0) throw loading();
    return catalog.served.map(({ manifest }) => manifest);
  }

  infer(request: InferRequest): Promise<InferResult> {
    return infer(request, () => this.loaded(), this.metrics);
  }

  overload(name: string, version?: string): ServingError | undefined {
    const { catalog, scheduler } = this.parts ?? {};
    const model = catalog?.find(name, version);
    const refused = model && scheduler?.overload(model);
    if (!refused) return undefined;
    countFailure(model.statistics, 0);
    this.metrics.inferenceEnded(model.manifest, refused.code);
    return refused;
  }

  isReady(model: string, version?: string): boolean {
    const served = this.parts?.catalog.find(model, version);
    return served !== undefined && this.parts?.pool.holds(served.id) === true;
  }

  metadata(model: string, version?: string): ModelMetadata {
    const { catalog } = this.loaded();
    return metadataOf(catalog.get(model, version), catalog.versions(model));
  }

  statistics(model?: string, version?: string): ModelStatistics[] {
    const { catalog } = this.loaded();
    if (model === undefined) return catalog.served.map(({ statistics }) => statistics);
    if (version !== undefined) return [catalog.get(model, version).statistics];
    const { manifest } = catalog.get(model);
    return catalog.of(manifest.name).map(({ statistics }) => statistics);
  }

  index(): IndexEntry[] {
    return this.parts?.catalog.index() ?? [];
  }

  load(model: string): Promise<void> {
    return this.loaded().loader.load(model);
  }

  unload(model: string): Promise<void> {
    return this.loaded().loader.unload(model);
  }

  /** Ends the workers. What they are doing is done first. */
  async stop(): Promise<void> {
    this.parts?.scheduler.stop();
    await this.parts?.pool.close();
  }

  private assemble(folder: string): Parts {
    const { config, logger, metrics, readiness, tracing } = this;
    const repository = new ModelRepository([folder, ...config.models.folders], config.models);
    const catalog = new Catalog((name, served) => repository.defaultVersion(name, served));
    const pool: WorkerPool = new WorkerPool({
      script: new URL('./worker.js', import.meta.url),
      size: workerCount(cpuSources(config.workers)),
      logger,
      onChange: () => {
        scheduler.dispatch();
      },
    });
    const scheduler: Scheduler = new Scheduler({
      pool,
      queueLimit: config.queue.maxItems,
      draining: () => readiness.draining,
      onBatch: (report) => {
        metrics.batchRan(report);
        const { model, version, rows, reason, calls, result } = report;
        tracing.batch({
          model,
          version,
          rows,
          reason,
          seconds: result.tokenize + result.compute,
          traces: calls.map(({ context }) => context?.trace),
        });
      },
      onUnsplittable: ({ manifest: { name, version } }) => {
        logger.warn(
          `model ${name} ${version} does not give a row for each row: set batching.maxItems to 1 in its manifest`,
        );
      },
    });
    metrics.watch({ pool, catalog, scheduler });
    const loader = new ModelLoader({
      repository,
      catalog,
      pool,
      scheduler,
      limits: { ...config.batching, textLength: config.limits.textLength },
    });
    return { pool, catalog, scheduler, loader };
  }

  /** Why no requests should be sent here. Work that piles up is no reason: others have no less of it. */
  private obstacle({ pool, catalog }: Parts): string | undefined {
    if (pool.alive === 0) return 'no worker is alive';
    if (catalog.served.length === 0) return 'there is no model';
    const missing = this.config.models.required.filter((name) => !this.isReady(name));
    return missing.length > 0 ? `not loaded: ${missing.join(', ')}` : undefined;
  }

  private loaded(): Parts {
    if (!this.parts) throw loading();
    return this.parts;
  }
}

const loading = () => new ServingError('not-ready', 'the models are still loading; try again', 1);
