import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from './errors.js';
import { exists } from './files.js';
import { run } from './process.js';

/**
 * Questions to Git about the repository that holds `root`. Only plumbing is used: nothing here touches the index, the working
 * tree or the metadata of the repository.
 */
async function git(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
  const { code, stdout } = await run('git', args, { cwd: root, env: { ...process.env, ...env } }).catch(
    (cause: unknown) => {
      throw new Failure('git cannot be started', { hint: 'install git and put it on PATH', cause });
    },
  );
  return code === 0 ? stdout.trim() : undefined;
}

/** Full commit SHA of a branch, tag or commit; throws a Failure where there is no such thing. */
export async function resolveCommit(root: string, ref: string): Promise<string> {
  const commit = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (commit !== undefined) return commit;
  if ((await git(root, ['rev-parse', '--git-dir'])) === undefined) throw notRepository(root);
  const shallow = (await git(root, ['rev-parse', '--is-shallow-repository'])) === 'true';
  throw new Failure(`Git knows no commit "${ref}"`, {
    hint: shallow
      ? 'this clone is shallow: run `git fetch --unshallow`, or check out with `fetch-depth: 0`'
      : 'check the spelling (`git branch --all`), or fetch it first (`git fetch origin`)',
  });
}

/** Where `head` left the main branch: its merge base with origin/main or main; `head` itself where there is neither. */
export async function defaultBase(root: string, head: string): Promise<string> {
  const commit = await resolveCommit(root, head);
  for (const main of ['origin/main', 'main']) {
    const base = await git(root, ['merge-base', commit, main]);
    if (base !== undefined) return base;
  }
  return commit;
}

/**
 * Writes folders of a commit, named relative to `root`, into `target`; folders that the commit does not have are left out.
 * An index of its own keeps the repository as it is. Symbolic links become small text files, so that a commit cannot make a
 * reader of the export follow one to a file outside of it.
 */
export async function exportCommit(
  root: string,
  commit: string,
  folders: readonly string[],
  target: string,
): Promise<void> {
  const gitDir = await git(root, ['rev-parse', '--absolute-git-dir']);
  if (gitDir === undefined) throw notRepository(root);
  const env = { GIT_DIR: gitDir, GIT_WORK_TREE: target, GIT_INDEX_FILE: join(target, '.index') };
  const must = async (...args: string[]): Promise<void> => {
    if ((await git(target, args, env)) === undefined) {
      throw new Failure(`Git could not export ${commit}: \`git ${args.join(' ')}\` failed`, {
        hint: 'check the repository with `git fsck`; a partial clone needs its remote to be reachable',
      });
    }
  };
  for (const folder of folders) {
    const tree = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}:./${folder}`]);
    if (tree !== undefined) await must('read-tree', `--prefix=${folder}/`, tree);
  }
  await must('-c', 'core.symlinks=false', '-c', 'core.autocrlf=false', 'checkout-index', '--all', '--force', '--quiet');
}

/** Copies folders of the working tree into `target`, as a commit of them would be: without what Git ignores. */
export async function exportWorkingTree(root: string, folders: readonly string[], target: string): Promise<void> {
  const listed = await git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders]);
  if (listed === undefined) throw notRepository(root);
  for (const path of new Set(listed.split('\0'))) {
    // a file that was deleted is still listed until that is committed
    if (path !== '' && (await exists(root, path))) await cp(join(root, path), join(target, path));
  }
}

function notRepository(root: string): Failure {
  return new Failure(`${root} is no Git repository`, { hint: 'run the command in a clone of the repository' });
}

/** Where the repository that holds `root` was cloned from, without user and password; undefined where Git names no origin. */
export async function originUrl(root: string): Promise<string | undefined> {
  const url = await git(root, ['remote', 'get-url', 'origin']);
  return url?.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}
