import { fileURLToPath } from 'node:url';
import type { Finding } from './errors.js';
import { readIfThere, stateOf, walkFiles, writeAllAtomic, type Reads } from './files.js';
import { isObject, type Json } from './model.js';

/** Where the cache is, relative to the repository root. It may be removed at any time. */
const FILE = '.brolly/generated.json';

/** Something that was generated and is on disk as it should be. */
export interface Entry {
  /** Everything that was read for it, the generated files themselves included. */
  readonly reads: Reads;
  /** Number of generated files. */
  readonly total: number;
  readonly warnings: readonly Finding[];
}

/** What is up to date, so that it need not be generated again to know. */
export interface Cache {
  /** State of Brolly's own program: another one may generate something else. */
  readonly program: string;
  /** What all environments share; without it no entry below counts. */
  readonly shared: Entry & { readonly names: readonly string[] };
  readonly environments: Readonly<Record<string, Entry>>;
}

/** The cache, if this program wrote it; undefined otherwise. */
export function loadCache(root: string): Cache | undefined {
  const text = readIfThere(root, FILE);
  if (text === undefined) return undefined;
  try {
    const cache = JSON.parse(text) as Json;
    return isObject(cache) && cache.program === programState() ? (cache as unknown as Cache) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // as good as none
    throw error;
  }
}

export function saveCache(root: string, cache: Omit<Cache, 'program'>): void {
  writeAllAtomic(root, [{ path: FILE, text: JSON.stringify({ program: programState(), ...cache }) }]);
}

/** Whether everything that was read is as it was. */
export function isFresh(root: string, entry: Entry | undefined): entry is Entry {
  return (
    entry !== undefined && Object.entries(entry.reads).every(([path, state]) => state === stateOf(root, path, true))
  );
}

/** Environments, and what is generated for them. */
export interface UpToDate {
  readonly environments: readonly string[];
  /** Number of generated files. */
  readonly total: number;
  readonly warnings: readonly Finding[];
}

/** What the cache says about the environments named (default: all); undefined where anything has changed since. */
export function findUpToDate(root: string, names: readonly string[]): UpToDate | undefined {
  const cache = loadCache(root);
  if (cache === undefined || !isFresh(root, cache.shared)) return undefined;
  const { shared, environments } = cache;
  const chosen = names.length === 0 ? shared.names : names;
  const entries = chosen.map((name) => environments[name]);
  if (!entries.every((entry) => isFresh(root, entry))) return undefined;
  return {
    environments: chosen.filter((name) => environments[name]?.total !== 0),
    total: entries.reduce((sum, { total }) => sum + total, shared.total),
    warnings: entries.flatMap(({ warnings }) => warnings),
  };
}

const PROGRAM = fileURLToPath(new URL('.', import.meta.url));

/**
 * The compiler renews its record whenever it writes anything; a package manager renews every file. What is read as it stands
 * in the source is no output of the compiler.
 */
function programState(): string {
  const read = ['../schemas', '../templates'].flatMap((path) => walkFiles(PROGRAM, path));
  return ['cli.js', '../tsconfig.build.tsbuildinfo', ...read].map((path) => stateOf(PROGRAM, path, true)).join();
}
