import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
  type Dirent,
} from 'node:fs';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** State of each file and folder that was read, by its path relative to the root. */
export type Reads = Record<string, string>;
let recording: { root: string; reads: Reads } | undefined;

/** Notes the state of everything below `root` that is read from here until the function that it returns is called; one at a time. */
export function recordReads(root: string): () => Reads {
  const reads: Reads = {};
  recording = { root, reads };
  return () => {
    recording = undefined;
    return reads;
  };
}

/** Milliseconds within which a second change of a file may leave its time as it is. */
const TIME_STEP = 10;

/**
 * What tells that a file, a folder's listing, or their absence is as it was. The time is that of the last change of the inode,
 * which nothing can set back. Empty, which equals nothing, for a file so new that it could change once more unseen.
 */
export function stateOf(root: string, path: string, settled = false): string {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return '-';
  if (!settled && Date.now() - stats.ctimeMs < TIME_STEP) return '';
  return `${String(stats.ctimeMs)} ${String(stats.size)} ${String(stats.ino)}`;
}

function note(root: string, path: string): void {
  if (recording?.root === root) recording.reads[path] ??= stateOf(root, path);
}

/** Paths are relative to `root`, with forward slashes. */
export function readText(root: string, path: string): Promise<string> {
  note(root, path);
  return readFile(join(root, path), 'utf8');
}

/** The text, or undefined where there is no such file. Synchronous: many small files are read five times as fast. */
export function readIfThere(root: string, path: string): string | undefined {
  note(root, path);
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function exists(root: string, path: string): Promise<boolean> {
  note(root, path);
  return access(join(root, path)).then(
    () => true,
    () => false,
  );
}

/** Sorted names of the folders in a folder; none where it does not exist. */
export function listFolders(root: string, path: string): string[] {
  return list(root, path, (entry) => entry.isDirectory());
}

/** Sorted names of the files in a folder; none where it does not exist. */
export function listFiles(root: string, path: string): string[] {
  return list(root, path, (entry) => entry.isFile());
}

/** Sorted paths of all files below a folder, relative to `root`; none where it does not exist. */
export function walkFiles(root: string, path: string): string[] {
  const below = listFolders(root, path).flatMap((folder) => walkFiles(root, `${path}/${folder}`));
  return [...listFiles(root, path).map((file) => `${path}/${file}`), ...below].sort();
}

function list(root: string, path: string, wanted: (entry: Dirent) => boolean): string[] {
  note(root, path);
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    return entries
      .filter(wanted)
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Writes all files or none: each goes to a temporary file beside its place first, and only then are they renamed. */
export function writeAllAtomic(root: string, files: readonly { path: string; text: string }[]): void {
  const staged: { temporary: string; target: string }[] = [];
  try {
    for (const { path, text } of files) {
      const target = join(root, path);
      const temporary = `${target}.${randomUUID()}.tmp`;
      mkdirSync(dirname(target), { recursive: true });
      staged.push({ temporary, target });
      writeFileSync(temporary, text);
    }
    for (const { temporary, target } of staged) renameSync(temporary, target);
  } catch (error) {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a file, and the folder that it was the last in. */
export function removeFile(root: string, path: string): void {
  const file = join(root, path);
  rmSync(file, { force: true });
  if (readdirSync(dirname(file)).length === 0) rmdirSync(dirname(file));
}

/** Runs `work` with a new temporary folder, which is gone afterwards. */
export async function withTempDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'brolly-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Milliseconds to wait for more changes: an editor or a checkout makes several at once. */
const QUIET = 30;

/** Gives something whenever files below the folders have changed, until the signal is aborted. Paths are relative to `root`. */
export async function* watchFolders(
  root: string,
  folders: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  const state = { changed: false, wake: (): void => undefined };
  const watchers = folders.map((folder) =>
    watch(join(root, folder), { recursive: true, signal }, () => {
      state.changed = true;
      state.wake();
    }),
  );
  signal.addEventListener('abort', () => {
    state.wake();
  });
  const isOver = (): boolean => signal.aborted; // it changes while this waits
  try {
    while (!isOver()) {
      if (!state.changed) await new Promise<void>((resolve) => (state.wake = resolve));
      if (isOver()) return;
      await new Promise((resolve) => setTimeout(resolve, QUIET));
      state.changed = false;
      yield;
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
