import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProblems } from '../schema.js';
import { type Manifest, type ModelFile, parseManifest } from './manifest.js';

/** A model whose files have the hashes that its manifest says. */
export interface LoadedModel {
  manifest: Manifest;
  /** The bytes that were hashed: what is checked is what runs. */
  bytes: Uint8Array;
}

/** Models that cannot be served; the message lists every problem. */
export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
}

/**
 * Reads `<folder>/<name>/<version>/` for every name and checks it.
 * @throws ModelLoadError with every problem of every model: none or several versions, a wrong manifest, a missing file,
 * a wrong hash
 */
export async function loadModels(folder: string, names: readonly string[]): Promise<LoadedModel[]> {
  const results = await Promise.allSettled(names.map((name) => loadModel(join(folder, name), name)));
  const problems = results.flatMap((result, i) => {
    return result.status === 'rejected' ? [`model ${names[i] ?? ''}: ${(result.reason as Error).message}`] : [];
  });
  if (problems.length > 0) throw new ModelLoadError(problems.join('\n'));
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function loadModel(folder: string, name: string): Promise<LoadedModel> {
  const versions = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const [version] = versions;
  if (!version || versions.length > 1) {
    throw new Error(`${folder} must hold one folder, its version, and holds ${String(versions.length)}`);
  }
  const home = join(folder, version.name);
  const manifest = await readManifest(join(home, 'manifest.json'), name, version.name);
  const files = await Promise.all(
    manifest.files.map(async (file) => [file.path, await readVerified(home, file)] as const),
  );
  const bytes = new Map(files).get(manifest.model);
  if (!bytes) throw new Error(`${manifest.model} is not among its files`);
  return { manifest, bytes };
}

async function readManifest(path: string, name: string, version: string): Promise<Manifest> {
  const parsed = parseManifest(JSON.parse(await readFile(path, 'utf8')));
  if ('problems' in parsed) throw new Error(`${path} is not valid:\n${formatProblems(parsed.problems)}`);
  const manifest = parsed.value;
  if (manifest.name === name && manifest.version === version) return manifest;
  throw new Error(`${path} is of ${manifest.name} ${manifest.version}, its folders say ${name} ${version}`);
}

async function readVerified(home: string, file: ModelFile): Promise<Uint8Array> {
  const path = join(home, file.path);
  const bytes = await readFile(path);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === file.sha256) return bytes;
  throw new Error(
    `${path} has the SHA-256 ${actual}, its manifest says ${file.sha256}; restore the file or train the model again`,
  );
}
