import { dirname } from 'node:path/posix';
import { setImmediate } from 'node:timers/promises';
import { isFresh, loadCache, saveCache, type Entry, type UpToDate } from './cache.js';
import { FindingsError, isError, type Finding } from './errors.js';
import { MISSING, listFolders, recordReads, stateOf, type Reads } from './files.js';
import { attempt, chooseEnvironments, openGenerator, type Generator } from './pipeline.js';
import { loadProject, type Project } from './project.js';
import { generateShared } from './shared.js';
import { findDrift, findOrphans, writeDrift, type Drift } from './write.js';

/** What has to be written so that everything generated is as it should be. */
export interface Plan extends UpToDate {
  readonly drifts: readonly Drift[];
  /** Writes the drifts, all or none, and remembers that everything is up to date. */
  readonly apply: () => void;
}

/** How far the work is: environments done, and of how many. */
export type Progress = (done: number, of: number) => void;

/**
 * Plans again and again for one repository. What was up to date and did not change is not generated again, by the memory that
 * the last run left in `.brolly/`; what all environments share stays in this process.
 */
export function createPlanner(root: string): (names: readonly string[], progress?: Progress) => Promise<Plan> {
  let opened: { generator: Generator; shared: SharedPart } | undefined;
  return async (names, progress) => {
    const cache = loadCache(root);
    const known = isFresh(root, cache?.shared) ? cache : undefined;
    if (opened === undefined || !isFresh(root, opened.shared.entry)) opened = await open(root);
    const { generator, shared } = opened;
    const chosen = chooseEnvironments(generator, names);
    const stale = chosen.filter((name) => !isFresh(root, known?.environments[name]));
    const made = await generateAll(generator, stale, progress);
    const drifts = [...shared.drifts, ...made.drifts];
    const entries: Record<string, Entry> = { ...known?.environments, ...made.entries };
    const totals = chosen.map((name) => entries[name]?.total ?? 0);
    return {
      environments: chosen.filter((name) => entries[name]?.total !== 0),
      total: shared.entry.total + totals.reduce((sum, total) => sum + total, 0),
      drifts,
      warnings: chosen.flatMap((name) => entries[name]?.warnings ?? []),
      apply: () => {
        const folders = [...new Set(drifts.map(({ path }) => dirname(path)))];
        const aroundNew = aroundMissing(root, folders);
        writeDrift(root, drifts);
        const aroundGone = aroundMissing(root, folders);
        const touched = new Set([...drifts.map(({ path }) => path), ...folders, ...aroundNew, ...aroundGone]);
        const settle = (entry: Entry): Entry => ({ ...entry, reads: restate(root, entry.reads, touched) });
        shared.drifts = [];
        shared.entry = settle(shared.entry);
        const environments = Object.fromEntries(
          generator.names.flatMap((name): [string, Entry][] => {
            const entry = entries[name];
            return entry === undefined ? [] : [[name, name in made.entries ? settle(entry) : entry]];
          }),
        );
        saveCache(root, { shared: { ...shared.entry, names: generator.names }, environments });
      },
    };
  };
}

interface SharedPart {
  entry: Entry;
  drifts: readonly Drift[];
}

async function open(root: string): Promise<{ generator: Generator; shared: SharedPart }> {
  const stop = recordReads(root);
  try {
    const project = await loadProject(root);
    const generator = openGenerator(project);
    const files = await generateShared(generator);
    const drifts = [
      ...findDrift(root, files, project.docs === undefined ? [] : [`${project.docs}/values`]),
      ...findOrphans(root, foldersOfNobody(generator)),
    ];
    return { generator, shared: { entry: { reads: stop(), total: files.length, warnings: [] }, drifts } };
  } finally {
    stop();
  }
}

/** Environments after which a Ctrl-C is heard. */
const PAUSE_AFTER = 100;

/** Generates environments and keeps only what differs from the disk. Throws a FindingsError with the problems of all of them. */
async function generateAll(
  generator: Generator,
  names: readonly string[],
  progress: Progress | undefined,
): Promise<{ drifts: Drift[]; entries: Record<string, Entry> }> {
  const { root } = generator.project;
  const findings: Finding[] = [];
  const drifts: Drift[] = [];
  const entries: Record<string, Entry> = {};
  for (const [index, name] of names.entries()) {
    const stop = recordReads(root);
    const { environment, findings: found } = attempt(generator, name);
    findings.push(...found, ...(environment?.warnings ?? []));
    const { files, warnings } = environment ?? { files: [], warnings: [] };
    if (found.length === 0) drifts.push(...findDrift(root, files, foldersOf(generator.project, name)));
    // an abstract one may have been generated before it was abstract
    if (environment === undefined && found.length === 0)
      drifts.push(...findOrphans(root, [`${generator.project.environments}/${name}`]));
    entries[name] = { reads: stop(), total: files.length, warnings };
    progress?.(index + 1, names.length);
    if (index % PAUSE_AFTER === PAUSE_AFTER - 1) await setImmediate();
  }
  if (findings.some(isError)) throw new FindingsError(findings);
  return { drifts, entries };
}

/** The states after writing: of the files written, and of the folders they are in. */
function restate(root: string, reads: Reads, touched: ReadonlySet<string>): Reads {
  return Object.fromEntries(
    Object.entries(reads).map(([path, state]) => [path, touched.has(path) ? stateOf(root, path, true) : state]),
  );
}

/** The folders that change when those that are missing are made, or were removed. */
function aroundMissing(root: string, folders: readonly string[]): Set<string> {
  const around = new Set<string>();
  for (let folder of folders) {
    while (!around.has(dirname(folder)) && stateOf(root, folder, true) === MISSING) {
      folder = dirname(folder);
      around.add(folder);
    }
  }
  return around;
}

/** Folders of Argo CD applications for environments that are not there any more; others may be a person's own. */
function foldersOfNobody({ project, names }: Generator): string[] {
  const folders = project.argocd === undefined ? [] : listFolders(project.root, project.argocd);
  const known = new Set(names);
  return folders.filter((name) => !known.has(name)).flatMap((name) => foldersOf(project, name));
}

/** Folders that hold generated files only. */
function foldersOf({ argocd }: Project, name: string): string[] {
  return argocd === undefined ? [] : [`${argocd}/${name}`, `${argocd}/${name}/applications`];
}
