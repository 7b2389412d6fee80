import { Inject, Injectable } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { unavailable } from '../errors/problem.js';
import { Readiness } from '../health/readiness.js';
import { JsonLogger } from '../logger.js';
import { RequestMetrics } from '../metrics/request-metrics.js';
import type { Manifest } from '../models/manifest.js';
import { loadModels } from '../models/model.repository.js';
import { MODEL_NAMES, type ModelName } from '../models/names.js';
import type { InputOf, OutputOf } from '../models/predictors.js';
import { recordInference } from '../telemetry/inference.js';
import { CONFIG } from '../tokens.js';
import { cpuSources, workerCount } from './worker-count.js';
import { PoolUnavailable, type Result, WorkerPool } from './worker-pool.js';

/**
 * Tasks that may wait for a worker. At some milliseconds a task the last of them waits about a second; beyond that a
 * client is better served elsewhere.
 */
const QUEUE_LIMIT = 256;
const MODELS_FOLDER = fileURLToPath(new URL('../../models/', import.meta.url));

/** A prediction and what it took. */
export interface Prediction<M extends ModelName> {
  output: OutputOf<M>;
  version: string;
  /** Seconds in the worker. */
  seconds: number;
}

/** The models of the service, loaded and running. */
@Injectable()
export class ModelRuntime {
  private models: Manifest[] = [];
  private pool: WorkerPool | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly metrics: RequestMetrics,
    private readonly logger: JsonLogger,
  ) {}

  /**
   * Loads and checks the models of `folder` and starts the workers; ready afterwards.
   * @throws ModelLoadError, or the error of a worker that did not start
   */
  async start(folder = MODELS_FOLDER): Promise<void> {
    const started = performance.now();
    const models = await loadModels(folder, MODEL_NAMES);
    const size = workerCount(cpuSources(this.config.workers));
    const script = new URL('./worker.js', import.meta.url);
    const pool = new WorkerPool({ script, size, data: { models }, queueLimit: QUEUE_LIMIT, logger: this.logger });
    this.pool = pool;
    try {
      await pool.start();
    } catch (error) {
      await pool.close();
      throw error;
    }
    this.models = models.map(({ manifest }) => manifest);
    this.readiness.watch(() => pool.ready);
    this.logger.info('models are ready', {
      workers: size,
      duration_ms: Math.round(performance.now() - started),
      models: this.models.map(({ name, version }) => `${name} ${version}`),
    });
  }

  /** Every model, in a fixed order. @throws Problem 503 before they are loaded */
  manifests(): readonly Manifest[] {
    if (this.models.length === 0) throw unavailable('not-ready', 'the models are still loading');
    return this.models;
  }

  /** @throws Problem 503 when it cannot be done now */
  async predict<M extends ModelName>(name: M, input: InputOf<M>): Promise<Prediction<M>> {
    const manifest = this.manifests().find((model) => model.name === name);
    const started = performance.now();
    const { output, seconds } = await this.run(name, input);
    this.metrics.modelRan(name, seconds);
    recordInference({ queue: (performance.now() - started) / 1000 - seconds, tokenize: 0, compute: seconds });
    return { output: output as OutputOf<M>, version: manifest?.version ?? '', seconds };
  }

  /** Ends the workers. What they are doing is done first. */
  async stop(): Promise<void> {
    await this.pool?.close();
  }

  private async run(name: ModelName, input: unknown): Promise<Result> {
    if (!this.pool) throw unavailable('not-ready', 'the models are still loading');
    try {
      return await this.pool.run(name, input);
    } catch (error) {
      if (error instanceof PoolUnavailable) throw unavailable(error.reason, `${error.message}; try again`);
      throw error;
    }
  }
}
