import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { InfoController } from './info/info.controller.js';
import { JsonLogger } from './logger.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { PredictService } from './predict/predict.service.js';
import { ModelRuntime } from './runtime/model-runtime.js';
import { Admission } from './security/admission.js';
import { ApiKeys } from './security/api-keys.js';
import { Tracing } from './telemetry/tracing.js';
import { CONFIG, MODEL_SERVER } from './tokens.js';

/** What is made before the modules are. */
interface Parts {
  config: Config;
  logger: JsonLogger;
  keys: ApiKeys;
  admission: Admission;
  tracing: Tracing;
}

@Module({})
export class AppModule {
  static register({ config, logger, keys, admission, tracing }: Parts): DynamicModule {
    return {
      module: AppModule,
      imports: [MetricsModule.register(config.metrics)],
      controllers: [HealthController, InfoController, OpenApiController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: JsonLogger, useValue: logger },
        { provide: ApiKeys, useValue: keys },
        { provide: Admission, useValue: admission },
        { provide: Tracing, useValue: tracing },
        Readiness,
        GrpcServer,
        ModelRuntime,
        { provide: MODEL_SERVER, useExisting: ModelRuntime },
        PredictService,
      ],
    };
  }
}
