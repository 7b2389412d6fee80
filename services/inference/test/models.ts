import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import type { NamedTensor } from '../dist/serving/tensor.js';
import { listen, type Service } from './support.js';

/* Models of the tests: fixtures/models, which fixtures/make_models.py writes. */

const MODELS = fileURLToPath(new URL('./fixtures/models/', import.meta.url));

export interface Serving {
  app: Service['app'];
  runtime: ModelRuntime;
  /** A copy of the models, to change. */
  folder: string;
  stop: () => Promise<void>;
}

/** The models of the tests, served. @param change called before they are loaded */
export async function serve(
  overrides: object = {},
  change: (folder: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<Serving> {
  const folder = await mkdtemp(join(tmpdir(), 'models-'));
  await cp(MODELS, folder, { recursive: true });
  await change(folder);
  const service = await listen({ models: { required: [] }, ...overrides });
  const runtime = service.app.get(ModelRuntime);
  const stop = async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  };
  try {
    await runtime.start(folder);
  } catch (error) {
    await stop();
    throw error;
  }
  return { app: service.app, runtime, folder, stop };
}

/** Adds a version of a model: a copy with another number and, if given, other keys in its manifest. */
export async function addVersion(folder: string, name: string, version: string, changes: object = {}): Promise<void> {
  await cp(join(folder, name, '1'), join(folder, name, version), { recursive: true });
  await editManifest(join(folder, name, version), { version, ...changes });
}

export async function editManifest(home: string, changes: object): Promise<void> {
  const path = join(home, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...manifest, ...changes }));
}

/** Entries of `files` for the files of a model as they are. */
export const hashed = (home: string, ...paths: string[]): Promise<object[]> =>
  Promise.all(
    paths.map(async (path) => {
      const sha256 = createHash('sha256')
        .update(await readFile(join(home, path)))
        .digest('hex');
      return { path, sha256 };
    }),
  );

export const floats = (name: string, shape: number[], ...data: number[]): NamedTensor => ({
  name,
  datatype: 'FP32',
  shape,
  data: Float32Array.from(data),
});

export const integers = (name: string, shape: number[], ...data: number[]): NamedTensor => ({
  name,
  datatype: 'INT64',
  shape,
  data: BigInt64Array.from(data, BigInt),
});

export const texts = (name: string, ...data: string[]): NamedTensor => ({
  name,
  datatype: 'BYTES',
  shape: [data.length],
  data,
});
