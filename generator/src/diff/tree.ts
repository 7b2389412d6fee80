import { listFiles, writeAllAtomic } from '../files.js';
import { exportCommit, exportWorkingTree } from '../git.js';
import { listEnvironments } from '../load.js';
import type { GeneratedFile } from '../model.js';
import type { Project } from '../project.js';

/** A copy of the repository as it is at one revision. */
export interface Tree {
  /** Of the copy: its root is a temporary folder. The layout is that of the working tree, for both sides. */
  readonly project: Project;
  readonly environments: readonly string[];
  /** Why an environment of this tree could not be generated, by its name. */
  readonly errors: ReadonlyMap<string, string>;
}

/** What the generator makes of the working tree. */
export interface Generated extends Omit<Tree, 'project'> {
  readonly files: readonly GeneratedFile[];
}

/** All that a manifest depends on. */
function partsOf({ chart, environments, argocd }: Project): string[] {
  return [chart, environments, ...(argocd === undefined ? [] : [argocd])];
}

/** The files of a commit as they were committed. */
export async function commitTree(project: Project, commit: string, dir: string): Promise<Tree> {
  await exportCommit(project.root, commit, partsOf(project), dir);
  const copy = { ...project, root: dir };
  const environments = listEnvironments(copy).filter((name) =>
    listFiles(dir, `${project.environments}/${name}`).includes('values.yaml'),
  );
  return { project: copy, environments, errors: new Map() };
}

/**
 * The working tree with everything generated anew, so that a stale generated file cannot lie: generated applications on
 * disk are not even copied. Nothing is written into the working tree itself.
 */
export async function workingTree(
  project: Project,
  { files, environments, errors }: Generated,
  dir: string,
): Promise<Tree> {
  const parts = partsOf(project);
  const inputs = parts.filter((part) => part !== project.argocd);
  await exportWorkingTree(project.root, inputs, dir);
  const relevant = files.filter(({ path }) => parts.some((part) => part === '.' || path.startsWith(`${part}/`)));
  writeAllAtomic(dir, relevant);
  return { project: { ...project, root: dir }, environments, errors };
}
