import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Readiness } from '../dist/health/readiness.js';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import { jsonOf, listen, type Service } from './support.js';

const MODELS = fileURLToPath(new URL('../models/', import.meta.url));

let service: Service;
beforeEach(async () => {
  service = await listen();
});
afterEach(() => service.stop());

describe('before the models are loaded', () => {
  it('is healthy but not ready', async () => {
    await service.http.get('/health').expect(200);
    const body = jsonOf(await service.http.get('/ready').expect(503));
    expect(body).toMatchObject({ status: 'not ready', service: 'ml-inference', reason: 'models are loading' });
  });

  it('refuses predictions for now', async () => {
    for (const request of [
      service.http.get('/predict/21'),
      service.http.post('/predict').send({ text: 'a' }),
      service.http.get('/model/info'),
    ]) {
      const answer = await request;
      const { status, headers } = answer;
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('1');
      expect(jsonOf(answer)).toMatchObject({ type: 'urn:brolly:problem:not-ready' });
    }
  });

  it('becomes ready, and not ready again while draining, serving all the while', async () => {
    await service.app.get(ModelRuntime).start();
    await service.http.get('/ready').expect(200);
    service.app.get(Readiness).drain();
    const body = jsonOf(await service.http.get('/ready').expect(503));
    expect(body).toMatchObject({ status: 'not ready', reason: 'shutting down' });
    await service.http.get('/predict/21').expect(200);
  });
});

describe('a model that is not what its manifest says', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'models-'));
    await cp(MODELS, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stops the start with the name of each and both hashes', async () => {
    await appendFile(join(folder, 'linear/v1.1.0/linear.onnx'), 'x');
    await rm(join(folder, 'house-price/v1.1.0/house-price.onnx'));
    const error = await service.app
      .get(ModelRuntime)
      .start(folder)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toMatch(/model linear v1\.1\.0: .* has the SHA-256 [0-9a-f]{64}, its manifest says [0-9a-f]{64}/);
    expect(message).toMatch(/model house-price v1\.1\.0: .*house-price\.onnx/);
    expect(message).not.toContain('model sentiment');
    await service.http.get('/ready').expect(503);
  });
});
