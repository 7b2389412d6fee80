import { Controller, Get, Inject } from '@nestjs/common';
import type { Config } from '../config.js';
import type { Manifest } from '../models/manifest.js';
import { ModelRuntime } from '../runtime/model-runtime.js';
import { SERVICE, VERSION } from '../service-info.js';
import { CONFIG } from '../tokens.js';

const ENDPOINTS = {
  health: '/health',
  ready: '/ready',
  predict: '/predict',
  predict_batch: '/predict/batch',
  predict_linear: '/predict/{x}',
  predict_house_price: '/predict/house-price',
  model_info: '/model/info',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs',
};

/** A model as its manifest describes it; `sha256` is the one of the ONNX file. */
type ModelInfo = Manifest & { sha256: string };

@Controller()
export class InfoController {
  private readonly endpoints: Partial<typeof ENDPOINTS>;

  constructor(
    private readonly runtime: ModelRuntime,
    @Inject(CONFIG) config: Config,
  ) {
    const { metrics, ...others } = ENDPOINTS;
    this.endpoints = config.metrics.port === 0 ? { metrics, ...others } : others;
  }

  @Get()
  service() {
    return { service: SERVICE, version: VERSION, status: 'running', endpoints: this.endpoints };
  }

  @Get('model/info')
  models(): { models: ModelInfo[] } {
    return { models: this.runtime.manifests().map(describe) };
  }
}

function describe(manifest: Manifest): ModelInfo {
  const { name, version, ...rest } = manifest;
  const sha256 = manifest.files.find(({ path }) => path === manifest.model)?.sha256 ?? '';
  return { name, version, sha256, ...rest };
}
