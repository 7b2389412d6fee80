import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { formatProblems } from '../schema.js';
import { type Manifest, parseManifest } from './manifest.js';
import { readPlainFile } from './verified-file.js';
import { newestFirst } from './version.js';

/** A version of a model as it lies in a folder; its files are not read yet. */
export interface ModelSource {
  name: string;
  version: string;
  /** The folder of its manifest. */
  home: string;
}

/** Models that cannot be served; the message lists every problem. */
export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
}

/** Largest manifest, in bytes. */
const MANIFEST_LIMIT = 1 << 20;

/** The models in `<folder>/<name>/<version>/` of several folders: which there are, and which of them are to be served. */
export class ModelRepository {
  constructor(
    private readonly folders: readonly string[],
    private readonly policy: Pick<Config['models'], 'versions' | 'defaultVersions'>,
  ) {}

  /**
   * The versions to serve of every model, ordered by name and the newest first.
   * @param only of this model alone
   * @throws ModelLoadError for a folder that cannot be read, a link, or a default version that is not there
   */
  async find(only?: string): Promise<ModelSource[]> {
    const names = await Promise.all(this.folders.map((folder) => foldersIn(folder)));
    const versions = await Promise.all(
      names
        .flat()
        .filter(({ name }) => only === undefined || name === only)
        .map(({ name, path }) => versionsOf(name, path)),
    );
    const found = versions.flat();
    const distinct = [...new Set(found.map(({ name }) => name))].sort();
    return distinct.flatMap((name) =>
      this.served(
        name,
        found.filter((source) => source.name === name),
      ),
    );
  }

  /** Version of `model` that answers when none is asked for. */
  defaultVersion(model: string, served: readonly string[]): string | undefined {
    return this.policy.defaultVersions[model] ?? [...served].sort(newestFirst)[0];
  }

  private served(name: string, found: ModelSource[]): ModelSource[] {
    const sorted = found.sort((a, b) => newestFirst(a.version, b.version));
    sorted.forEach(({ version, home }, i) => {
      const next = sorted[i + 1];
      if (next && newestFirst(version, next.version) === 0)
        throw new ModelLoadError(`model ${name}: ${home} and ${next.home} are the same version; remove one of them`);
    });
    const chosen = this.policy.defaultVersions[name];
    if (chosen !== undefined && !sorted.some(({ version }) => version === chosen)) {
      const there = sorted.map(({ version }) => version).join(', ');
      throw new ModelLoadError(`model ${name}: config.models.defaultVersions says ${chosen}, and there is ${there}`);
    }
    const newest = this.policy.versions || Infinity;
    return sorted.filter(({ version }, i) => i < newest || version === chosen);
  }
}

/** Reads and checks the manifest of a version. @throws Error with every problem */
export async function readManifest({ name, version, home }: ModelSource): Promise<Manifest> {
  const path = join(home, 'manifest.json');
  const parsed = parseManifest(parseJson(await readPlainFile(path, MANIFEST_LIMIT), path));
  if ('problems' in parsed) throw new Error(`${path} is not valid:\n${formatProblems(parsed.problems)}`);
  const manifest = parsed.value;
  if (manifest.name === name && manifest.version === version) return manifest;
  throw new Error(`${path} is of ${manifest.name} ${manifest.version}, its folders say ${name} ${version}`);
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function versionsOf(name: string, path: string): Promise<ModelSource[]> {
  const versions = await foldersIn(path);
  if (versions.length === 0) throw new ModelLoadError(`${path} holds no version: put the model into ${path}/1`);
  return versions.map((entry) => ({ name, version: entry.name, home: entry.path }));
}

async function foldersIn(folder: string): Promise<{ name: string; path: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ModelLoadError(`cannot read the models in ${folder}: ${(cause as Error).message}`, { cause });
  });
  const visible = entries.filter(({ name }) => !isForeign(name));
  const link = visible.find((entry) => entry.isSymbolicLink());
  if (link) throw new ModelLoadError(`${join(folder, link.name)} is a link; models must be folders of their own`);
  return visible.filter((entry) => entry.isDirectory()).map(({ name }) => ({ name, path: join(folder, name) }));
}

/** What Kubernetes and file systems put into a mounted volume. */
const isForeign = (name: string) => name.startsWith('.') || name === 'lost+found';
