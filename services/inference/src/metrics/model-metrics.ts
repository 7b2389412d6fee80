import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { WorkerPool } from '../runtime/worker-pool.js';
import type { Catalog } from '../serving/catalog.js';
import type { Manifest } from '../models/manifest.js';
import type { ServingErrorCode } from '../serving/model-server.js';
import type { BatchReport, Scheduler } from '../serving/scheduler.js';
import { QuickCounter, QuickHistogram } from './quick-metrics.js';
import { RequestMetrics } from './request-metrics.js';

/** Seconds, from a linear model to a full batch of a transformer or a full queue. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const TOKENS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const RATIOS = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75];

/** What is looked at when the metrics are scraped. */
interface Sources {
  pool: WorkerPool;
  catalog: Catalog;
  scheduler: Scheduler;
}

/** The metrics of the models: what waits, what runs, and what it took. */
@Injectable()
export class ModelMetrics {
  private readonly inferences = new QuickCounter({
    name: 'model_inferences_total',
    help: 'Inferences of a model, by what became of them: ok, or why there was no result (cancelled: the client went)',
    labelNames: ['model', 'version', 'outcome'],
  });
  private readonly queued = new QuickHistogram({
    name: 'inference_queue_duration_seconds',
    help: 'Seconds that a request, or a part of one, waited for a worker',
    labelNames: ['model'],
    buckets: SECONDS,
  });
  private readonly tokenize = new QuickHistogram({
    name: 'inference_tokenize_duration_seconds',
    help: 'Seconds that a batch took from text to tokens, for text models',
    labelNames: ['model'],
    buckets: SECONDS,
  });
  private readonly compute = new QuickHistogram({
    name: 'inference_compute_duration_seconds',
    help: 'Seconds that a batch took in the model, without text to tokens',
    labelNames: ['model', 'version'],
    buckets: SECONDS,
  });
  private readonly batchSize = new QuickHistogram({
    name: 'inference_batch_size',
    help: 'Items (rows, texts) of a batch',
    labelNames: ['model'],
    buckets: BATCH_SIZES,
  });
  private readonly tokens = new QuickHistogram({
    name: 'inference_batch_tokens',
    help: 'Tokens of a batch, padding included, for text models',
    labelNames: ['model'],
    buckets: TOKENS,
  });
  private readonly padding = new QuickHistogram({
    name: 'inference_batch_padding_ratio',
    help: 'Share of the tokens of a batch that are padding, for text models',
    labelNames: ['model'],
    buckets: RATIOS,
  });
  private readonly released = new QuickCounter({
    name: 'inference_batch_release_total',
    help: 'Batches, by why they were released: full, idle (a worker was free) or drain (the service is ending)',
    labelNames: ['model', 'reason'],
  });

  constructor(private readonly requests: RequestMetrics) {}

  inferenceEnded({ name: model, version }: Manifest, outcome: 'ok' | ServingErrorCode): void {
    this.inferences.inc(model, version, outcome);
  }

  batchRan({ model, version, rows, reason, queued, result: { tokenize, compute, tokens } }: BatchReport): void {
    this.requests.modelRan(model, tokenize + compute);
    this.compute.observe(compute, model, version);
    this.batchSize.observe(rows, model);
    this.released.inc(model, reason);
    for (const seconds of queued) this.queued.observe(seconds, model);
    if (!tokens) return;
    this.tokenize.observe(tokenize, model);
    this.tokens.observe(tokens.padded, model);
    this.padding.observe(1 - tokens.real / tokens.padded, model);
  }

  /** Shows from now on, at each scrape, what is so then. */
  watch({ pool, catalog, scheduler }: Sources): void {
    new Gauge({
      name: 'inference_queue_depth',
      help: 'Items that wait for a worker',
      labelNames: ['model'],
      collect() {
        this.reset();
        for (const model of catalog.served) this.inc({ model: model.manifest.name }, scheduler.depth(model));
      },
    });
    new Gauge({
      name: 'inference_workers',
      help: 'Worker threads, by state',
      labelNames: ['state'],
      collect() {
        for (const [state, count] of Object.entries(pool.states())) this.set({ state }, count);
      },
    });
    new Gauge({
      name: 'model_ready',
      help: '1 when the version of the model is served',
      labelNames: ['model', 'version'],
      collect() {
        this.reset();
        for (const { name: model, version, state } of catalog.index())
          this.set({ model, version }, state === 'READY' ? 1 : 0);
      },
    });
    new Gauge({
      name: 'model_load_duration_seconds',
      help: 'Seconds that a worker took to read, check, load and warm up the version that is served',
      labelNames: ['model', 'version'],
      collect() {
        this.reset();
        for (const { manifest, loadSeconds } of catalog.served)
          this.set({ model: manifest.name, version: manifest.version }, loadSeconds);
      },
    });
    new Gauge({
      name: 'model_info',
      help: '1 for each version that is served, with the SHA-256 of its graph',
      labelNames: ['model', 'version', 'sha256'],
      collect() {
        this.reset();
        for (const { manifest } of catalog.served) {
          const sha256 = manifest.files.find(({ path }) => path === manifest.model)?.sha256 ?? '';
          this.set({ model: manifest.name, version: manifest.version, sha256 }, 1);
        }
      },
    });
  }
}
