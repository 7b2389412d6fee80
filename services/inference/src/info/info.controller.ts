import { Controller, Get } from '@nestjs/common';
import type { Manifest } from '../models/manifest.js';
import { ModelRuntime } from '../runtime/model-runtime.js';
import { SERVICE, VERSION } from '../service-info.js';

const ENDPOINTS = {
  health: '/health',
  ready: '/ready',
  predict: '/predict',
  predict_batch: '/predict/batch',
  predict_linear: '/predict/{x}',
  predict_house_price: '/predict/house-price',
  model_info: '/model/info',
  metrics: '/metrics',
};

/** A model as its manifest describes it; `sha256` is the one of the ONNX file. */
type ModelInfo = Manifest & { sha256: string };

@Controller()
export class InfoController {
  constructor(private readonly runtime: ModelRuntime) {}

  @Get()
  service() {
    return { service: SERVICE, version: VERSION, status: 'running', endpoints: ENDPOINTS };
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
