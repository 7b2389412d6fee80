import { Controller, type DynamicModule, Module } from '@nestjs/common';
import {
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
  PrometheusModule,
} from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import type { Config } from '../config.js';
import { ModelMetrics } from './model-metrics.js';
import { ACTIVE_REQUESTS, MODEL_DURATION, REQUEST_DURATION, REQUESTS } from './names.js';
import { RequestMetrics } from './request-metrics.js';

/** Seconds. A request is a millisecond of work plus its wait in the queue, so the buckets are dense below 0.1. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds. The models of this service take tens of microseconds to milliseconds. */
const MODEL_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** Stands in for the controller of `GET /metrics` when that has a port of its own. */
@Controller()
class NoRoutes {}

/** `GET /metrics`, the process metrics and the metrics of this service. */
@Module({})
export class MetricsModule {
  /**
   * The registry of prom-client belongs to the process and refuses a name twice: it is emptied, so one process has one
   * app at a time.
   */
  static register({ port }: Config['metrics']): DynamicModule {
    register.clear();
    return {
      module: MetricsModule,
      imports: [PrometheusModule.register(port === 0 ? {} : { controller: NoRoutes })],
      providers: [
        makeCounterProvider({
          name: REQUESTS,
          help: 'Requests answered, by route and HTTP status',
          labelNames: ['endpoint', 'status'],
        }),
        makeHistogramProvider({
          name: REQUEST_DURATION,
          help: 'Seconds from the head of a request to the end of its answer, by route',
          labelNames: ['endpoint'],
          buckets: REQUEST_BUCKETS,
        }),
        makeHistogramProvider({
          name: MODEL_DURATION,
          help: 'Seconds that a model ran, features included, without the wait for a worker',
          labelNames: ['model'],
          buckets: MODEL_BUCKETS,
        }),
        makeGaugeProvider({ name: ACTIVE_REQUESTS, help: 'Requests being answered, without probes and scrapes' }),
        RequestMetrics,
        ModelMetrics,
      ],
      exports: [RequestMetrics, ModelMetrics],
    };
  }
}
