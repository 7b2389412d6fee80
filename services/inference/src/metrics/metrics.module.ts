import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import type { Config } from '../config.js';
import { ModelMetrics } from './model-metrics.js';
import { RequestMetrics } from './request-metrics.js';

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
      providers: [RequestMetrics, ModelMetrics],
      exports: [RequestMetrics, ModelMetrics],
    };
  }
}
