import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { createApp } from '../dist/app.js';
import { parseConfig } from '../dist/config.js';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';

export interface Service {
  app: NestFastifyApplication;
  http: supertest.Agent;
  stop: () => Promise<void>;
}

/** Configuration of a test: quiet, two workers. */
export function testConfig(overrides: object = {}): ReturnType<typeof parseConfig> {
  return parseConfig({ logLevel: 'error', workers: 2, ...overrides }, 'test');
}

/** A file of API keys with the scopes of each, for `config.auth.keysFile`. */
export function keysFile(scopesOf: Record<string, string[]>): string {
  const keys = Object.entries(scopesOf).map(([key, scopes]) => ({
    name: `holder of ${key}`,
    sha256: createHash('sha256').update(key).digest('hex'),
    scopes,
  }));
  return jsonFile({ keys });
}

/** A file of its own for `content`. */
export function jsonFile(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'inference-')), 'file.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

/** The service on a free port of this machine, its models not loaded yet. */
export async function listen(overrides: object = {}): Promise<Service> {
  const app = await createApp(testConfig(overrides));
  await app.listen(0, '127.0.0.1');
  const stop = async () => {
    await app.close();
    await app.get(ModelRuntime).stop();
  };
  return { app, http: supertest.agent(app.getHttpServer()), stop };
}

/** The service, ready. */
export async function start(overrides: object = {}): Promise<Service> {
  const service = await listen(overrides);
  await service.app.get(ModelRuntime).start();
  return service;
}

/** The body of an answer, of which nothing is known yet. */
export function jsonOf(answer: { body: unknown }): unknown {
  return answer.body;
}

/** What the training wrote to `golden/<name>.jsonl`, a case a line. */
export function golden<Case>(name: string): Case[] {
  const text = readFileSync(new URL(`./golden/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
}
