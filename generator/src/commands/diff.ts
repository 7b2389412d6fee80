import { availableParallelism } from 'node:os';
import type { Context } from '../context.js';
import { diffTrees } from '../diff/diff.js';
import { formatMarkdown } from '../diff/markdown.js';
import type { DiffReport, Revision } from '../diff/model.js';
import { describeError, type Render } from '../diff/side.js';
import { formatText } from '../diff/text.js';
import { commitTree, workingTree, type Generated, type Tree } from '../diff/tree.js';
import { EXIT, Failure, FindingsError } from '../errors.js';
import { withTempDir } from '../files.js';
import { defaultBase, resolveCommit } from '../git.js';
import { template } from '../helm.js';
import type { GeneratedFile } from '../model.js';
import { attempt, openGenerator } from '../pipeline.js';
import { loadProject, type Project } from '../project.js';
import { generateShared } from '../shared.js';
import { nearest } from '../suggest.js';
import { findHelm } from '../tools.js';

export interface DiffOptions {
  /** Default: every environment that one of the sides has. */
  readonly environments: readonly string[];
  /** Branch, tag or commit. Default: where the head left origin/main or main, else HEAD. */
  readonly base?: string;
  /** Branch, tag or commit. Default: the working tree, generated anew. */
  readonly head?: string;
  readonly format: 'text' | 'markdown' | 'json';
  /** Give 0 for changes as well; a failure still gives 2. */
  readonly exitZero?: boolean;
}

/** Prints what a change does to every cluster. Exit code: 0 no change, 1 changes, 2 when a side could not be generated or rendered. */
export async function diff(context: Context, options: DiffOptions): Promise<number> {
  const { root, terminal } = context;
  const project = await loadProject(root);
  const baseCommit = await (options.base === undefined
    ? defaultBase(root, options.head ?? 'HEAD')
    : resolveCommit(root, options.base));
  const headCommit = options.head === undefined ? undefined : await resolveCommit(root, options.head);
  const { helm } = await findHelm(context);
  const render = atMost(availableParallelism(), (request) => template(helm, request));
  const environments = await withTempDir((baseDir) =>
    withTempDir(async (headDir) => {
      const base = await commitTree(project, baseCommit, baseDir);
      const head =
        headCommit === undefined
          ? await workingTree(project, await generateAll(project), headDir)
          : await commitTree(project, headCommit, headDir);
      return diffTrees(base, head, choose(options.environments, base, head), render);
    }),
  );
  const report: DiffReport = {
    version: 1,
    base: { ref: options.base ?? baseCommit, commit: baseCommit },
    head: headRevision(options.head, headCommit),
    environments,
  };
  terminal.out(format(report, options.format, context).trimEnd());
  if (environments.some(({ status }) => status === 'failed')) return EXIT.failure;
  return options.exitZero === true || environments.every(({ status }) => status === 'unchanged')
    ? EXIT.ok
    : EXIT.findings;
}

function headRevision(ref: string | undefined, commit: string | undefined): Revision {
  return ref === undefined || commit === undefined ? { ref: 'working tree' } : { ref, commit };
}

function format(report: DiffReport, as: DiffOptions['format'], { terminal }: Context): string {
  switch (as) {
    case 'text':
      return formatText(report, terminal.style);
    case 'markdown':
      return formatMarkdown(report);
    case 'json':
      return JSON.stringify(report, null, 2);
  }
}

/** Everything that follows from the working tree. An environment that is wrong does not hide the others. */
async function generateAll(project: Project): Promise<Generated> {
  const generator = openGenerator(project);
  const files: GeneratedFile[] = await generateShared(generator);
  const environments: string[] = [];
  const errors = new Map<string, string>();
  for (const name of generator.names) {
    const { environment, findings } = attempt(generator, name);
    if (findings.length > 0) errors.set(name, describeError(new FindingsError(findings)));
    files.push(...(environment?.files ?? []));
    if (findings.length > 0 || environment !== undefined) environments.push(name);
  }
  return { environments, files, errors };
}

/** The environments asked for, or all that one of the sides has; a Failure for one that neither has. */
function choose(asked: readonly string[], base: Tree, head: Tree): string[] {
  const known = [...new Set([...base.environments, ...head.environments])].sort();
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    const hint = meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`;
    throw new Failure(`neither side has an environment "${unknown}"`, { hint });
  }
  return asked.length === 0 ? known : [...new Set(asked)].sort();
}

/** Runs so many at a time: more Helm processes than processors only wait for each other. */
function atMost(limit: number, render: Render): Render {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (request) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await render(request);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
