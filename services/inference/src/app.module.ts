import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { InfoController } from './info/info.controller.js';
import { JsonLogger } from './logger.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PredictController } from './predict/predict.controller.js';
import { PredictService } from './predict/predict.service.js';
import { ModelRuntime } from './runtime/model-runtime.js';
import { CONFIG, MODEL_SERVER } from './tokens.js';

@Module({})
export class AppModule {
  static register(config: Config, logger: JsonLogger): DynamicModule {
    return {
      module: AppModule,
      imports: [MetricsModule.register()],
      controllers: [HealthController, InfoController, PredictController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: JsonLogger, useValue: logger },
        Readiness,
        ModelRuntime,
        { provide: MODEL_SERVER, useExisting: ModelRuntime },
        PredictService,
      ],
    };
  }
}
