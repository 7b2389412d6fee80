import { listFiles, listFolders, writeAllAtomic } from '../files.js';
import { exportCommit, exportWorkingTree } from '../git.js';
import type { GeneratedFile } from '../model.js';

/** All that a manifest depends on. */
const FOLDERS = ['charts', 'environments', 'argocd'];

/** A folder that looks as the repository does at one revision. */
export interface Tree {
  readonly dir: string;
  readonly environments: readonly string[];
  /** Why an environment of this tree could not be generated, by its name. */
  readonly errors: ReadonlyMap<string, string>;
}

/** What the generator makes of the working tree. */
export interface Generated extends Omit<Tree, 'dir'> {
  readonly files: readonly GeneratedFile[];
}

/** The files of a commit as they were committed. */
export async function commitTree(root: string, commit: string, dir: string): Promise<Tree> {
  await exportCommit(root, commit, FOLDERS, dir);
  const names = await listFolders(dir, 'environments');
  const generated = await Promise.all(
    names.map(async (name) => (await listFiles(dir, `environments/${name}`)).includes('values.yaml')),
  );
  return { dir, environments: names.filter((_, index) => generated[index]), errors: new Map() };
}

/**
 * The working tree with everything generated anew, so that a stale generated file cannot lie: what stands in argocd/ is not
 * even copied. Nothing is written into the working tree itself.
 */
export async function workingTree(
  root: string,
  { files, environments, errors }: Generated,
  dir: string,
): Promise<Tree> {
  const inputs = FOLDERS.filter((folder) => folder !== 'argocd');
  await exportWorkingTree(root, inputs, dir);
  const relevant = files.filter(({ path }) => FOLDERS.some((folder) => path.startsWith(`${folder}/`)));
  await writeAllAtomic(dir, relevant);
  return { dir, environments, errors };
}
