import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
  type Dirent,
  type FSWatcher,
} from 'node:fs';
import { access, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from './errors.js';

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

/** State of what is not there. */
export const MISSING = '-';

/** Milliseconds within which a second change of a file may leave its time as it is. */
const TIME_STEP = 10;

/**
 * What tells that a file, a folder's listing, or their absence is as it was. The time is that of the last change of the inode,
 * which nothing can set back. Empty, which equals nothing, for a file so new that it could change once more unseen.
 */
export function stateOf(root: string, path: string, settled = false): string {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return MISSING;
  if (!settled && Date.now() - stats.ctimeMs < TIME_STEP) return '';
  return `${String(stats.ctimeMs)} ${String(stats.size)} ${String(stats.ino)}`;
}

/** The state, where it is recorded. */
function note(root: string, path: string): string | undefined {
  return recording?.root === root ? (recording.reads[path] ??= stateOf(root, path)) : undefined;
}

/** What the system says when it refuses something, as a person says it. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link to itself',
  ENOENT: 'there is no such file',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** An error that names the path as a person knows it; reading a folder, for instance, names none. */
function refused(what: 'read' | 'write' | 'watch', path: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new Failure(`cannot ${what} ${path}: ${REFUSALS[code ?? ''] ?? message}`, { cause });
}

/** Paths are relative to `root`, with forward slashes. */
export function readText(root: string, path: string): Promise<string> {
  note(root, path);
  return readFile(join(root, path), 'utf8').catch((error: unknown) => {
    throw refused('read', path, error);
  });
}

/** The text, or undefined where there is no such file. Synchronous: many small files are read five times as fast. */
export function readIfThere(root: string, path: string): string | undefined {
  if (note(root, path) === MISSING) return undefined;
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw refused('read', path, error);
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
  if (note(root, path) === MISSING) return [];
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    return entries
      .filter(wanted)
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw refused('read', path, error);
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Writes all files or none: each goes to a temporary file beside its place first, and only then are they renamed. What could
 * not be put in its place takes back all that was.
 */
export function writeAllAtomic(root: string, files: readonly { path: string; text: string }[]): void {
  const undo: (() => void)[] = [];
  const suffix = `.${randomUUID()}.tmp`;
  const folders = new Set<string>();
  let current = '';
  try {
    const staged = files.map(({ path, text }) => {
      current = path;
      const target = join(root, path);
      const temporary = target + suffix;
      const folder = dirname(target);
      const made = folders.has(folder) ? undefined : mkdirSync(folder, { recursive: true });
      folders.add(folder);
      undo.push(() => {
        rmSync(temporary, { force: true });
        if (made !== undefined) rmSync(made, { recursive: true, force: true });
      });
      writeFileSync(temporary, text);
      return { path, temporary, target };
    });
    for (const { path, temporary, target } of staged) {
      current = path;
      const before = existsSync(target) ? readFileSync(target) : undefined;
      renameSync(temporary, target);
      undo.push(() => {
        if (before === undefined) rmSync(target, { force: true });
        else writeFileSync(target, before);
      });
    }
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw refused('write', current, error);
  }
}

/** Removes a file, and the folders that it was the last in. */
export function removeFile(root: string, path: string): void {
  try {
    rmSync(join(root, path), { force: true });
    let folder = join(root, dirname(path));
    for (; folder !== root && readdirSync(folder).length === 0; folder = dirname(folder)) rmdirSync(folder);
  } catch (error) {
    throw refused('write', path, error);
  }
}

/** Temporary folders that are in use; a program that is ended in between leaves none behind. */
const temporary = new Set<string>();
process.on('exit', () => {
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true });
});

/** Runs `work` with a new temporary folder, which is gone afterwards. */
export async function withTempDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
  // At once, so that none is made behind the back of a signal that ends the program.
  const dir = mkdtempSync(join(tmpdir(), 'brolly-'));
  temporary.add(dir);
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
    temporary.delete(dir);
  }
}

/** Milliseconds to wait for more changes: an editor or a checkout makes several at once. */
const QUIET = 30;

/**
 * Gives something at once, and again whenever files below the folders have changed, until the signal is aborted. Paths are
 * relative to `root`, whose own files count too. Each folder is watched by itself: on Linux, a watch of everything below one
 * loses the files that an editor puts in the place of others.
 */
export async function* watchFolders(
  root: string,
  folders: () => readonly string[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  const watched = new Map<string, { readonly inode: number; readonly watcher: FSWatcher }>();
  const state = { changed: false, moved: true, failure: undefined as Error | undefined, wake: (): void => undefined };
  const notice = (event?: string): void => {
    state.changed = true;
    if (event === 'rename') state.moved = true; // something came or went, perhaps a folder
    state.wake();
  };
  const follow = (): void => {
    const wanted = new Set(folders().flatMap((folder) => [...foldersAbove(folder), ...foldersIn(root, folder)]));
    for (const path of new Set([...watched.keys(), ...wanted])) {
      const inode = statSync(join(root, path), { throwIfNoEntry: false })?.ino;
      const known = watched.get(path);
      if (wanted.has(path) && known?.inode === inode) continue;
      known?.watcher.close();
      watched.delete(path);
      if (inode === undefined || !wanted.has(path)) continue;
      const watcher = watch(join(root, path), notice);
      watcher.on('error', (error) => {
        state.failure = refused('watch', path, error);
        state.wake();
      });
      watched.set(path, { inode, watcher });
    }
    state.moved = false;
  };
  const isIdle = (): boolean => !state.changed && state.failure === undefined && !signal.aborted;
  const onAbort = (): void => {
    state.wake();
  };
  signal.addEventListener('abort', onAbort);
  try {
    for (; !signal.aborted; await new Promise((resolve) => setTimeout(resolve, QUIET))) {
      if (state.moved) follow();
      state.changed = false;
      const before = folders().join();
      yield;
      if (folders().join() !== before) notice('rename');
      while (isIdle())
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
      if (state.failure !== undefined) throw state.failure;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const { watcher } of watched.values()) watcher.close();
  }
}

/** A folder and all folders in it, relative to `root`; none where it does not exist. */
function foldersIn(root: string, folder: string): string[] {
  const below = listFolders(root, folder).flatMap((name) => foldersIn(root, `${folder}/${name}`));
  return [folder, ...below];
}

/** The folders around a folder, up to the root itself. */
function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === '.' ? ['.'] : [...foldersAbove(above), above];
}
