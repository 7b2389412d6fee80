import { externalDataOf } from './external-data.js';
import type { Manifest } from './manifest.js';
import { readVerified } from './verified-file.js';

/** The content of a model's files: the bytes that were hashed, so that what is checked is what runs. */
export interface ModelFiles {
  graph: Uint8Array<ArrayBuffer>;
  /** The files in which the graph keeps weights. */
  external: { path: string; data: Uint8Array }[];
  all: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads every file of a model and checks it, and that the graph asks for no other.
 * @param home folder of the manifest
 * @throws Error with every problem
 */
export async function readModelFiles(home: string, { model, files }: Manifest): Promise<ModelFiles> {
  const read = await Promise.allSettled(files.map((file) => readVerified(home, file)));
  const problems = read.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : []));
  if (problems.length > 0) throw new Error(problems.join('; '));
  const contents = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const all = new Map(contents.map((bytes, i) => [files[i]?.path ?? '', bytes]));
  const graph = all.get(model) ?? new Uint8Array(0);
  const external = externalPaths(model, graph).map((path) => {
    const data = all.get(path);
    if (data && path !== model) return { path, data };
    const quoted = JSON.stringify(path);
    throw new Error(`${model} keeps data in ${quoted}; that must be a file beside it that the manifest lists`);
  });
  return { graph, external, all };
}

function externalPaths(model: string, graph: Uint8Array): string[] {
  try {
    return externalDataOf(graph);
  } catch (cause) {
    throw new Error(`${model} ${(cause as Error).message}`, { cause });
  }
}
