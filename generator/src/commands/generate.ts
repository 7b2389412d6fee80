import { findUpToDate } from '../cache.js';
import type { Context } from '../context.js';
import { EXIT, Failure, FindingsError } from '../errors.js';
import type { Plan } from '../plan.js';
import { count, printFailure, printFindings, tidyFindings } from '../report.js';

export interface GenerateOptions {
  readonly environments?: readonly string[];
  /** Write nothing; print what would change and end with 1 if anything would. */
  readonly check?: boolean;
  /** Go on until interrupted, generating again whenever an input changes. */
  readonly watch?: boolean;
  /** Input files that have just been written, which is told together with what follows from them. */
  readonly edited?: readonly string[];
  readonly format?: 'text' | 'json';
}

/** Environments from which on a terminal is told how far the work is. */
const LONG = 200;

/** Writes everything that is generated and not as it should be, or says what is not. */
export async function generate(context: Context, options: GenerateOptions): Promise<number> {
  const { root } = context;
  const names = options.environments ?? [];
  if (options.watch === true) return watch(context, options);
  const same = findUpToDate(root, names);
  if (same !== undefined) return report(context, { ...same, drifts: [] }, options);
  const { createPlanner } = await import('../plan.js');
  const plan = await createPlanner(root)(names, progressOf(context));
  if (options.check !== true) plan.apply();
  return report(context, plan, options);
}

async function watch(context: Context, options: GenerateOptions): Promise<number> {
  const { root, terminal, signal } = context;
  const [{ createPlanner }, { loadProject }, { watchFolders }] = await Promise.all([
    import('../plan.js'),
    import('../project.js'),
    import('../files.js'),
  ]);
  const plan = createPlanner(root);
  const readFolders = async (): Promise<string[]> => {
    const { chart, environments, templates } = await loadProject(root);
    return [...new Set([chart, environments, templates])];
  };
  let folders = await readFolders();
  let isWrong = false;
  const once = async (): Promise<void> => {
    try {
      folders = await readFolders();
      const planned = await plan(options.environments ?? [], progressOf(context));
      planned.apply();
      if (isWrong || planned.drifts.length > 0) await report(context, planned, options);
      isWrong = false;
    } catch (error) {
      if (error instanceof FindingsError) printFindings(terminal, root, error.findings);
      else if (error instanceof Failure) printFailure(terminal, error);
      else throw error;
      isWrong = true;
    }
  };
  let isFirst = true;
  for await (const _ of watchFolders(root, () => folders, signal)) {
    await once();
    if (isFirst) terminal.err('watching; Ctrl-C ends it');
    isFirst = false;
  }
  return EXIT.ok;
}

function progressOf({ terminal }: Context): (done: number, of: number) => void {
  return (done, of) => {
    if (of >= LONG && done % (LONG / 2) === 0)
      terminal.status(`generated ${String(done)} of ${String(of)} environments`);
  };
}

async function report(
  { root, terminal }: Context,
  { environments, total, drifts, warnings }: Omit<Plan, 'apply'>,
  { check = false, format, edited = [] }: GenerateOptions,
): Promise<number> {
  const code = check && drifts.length > 0 ? EXIT.findings : EXIT.ok;
  if (format === 'json') {
    const changed = drifts.map(({ path, kind }) => ({ path, kind }));
    const result = { environments: environments.length, files: total, edited, changed };
    terminal.out(JSON.stringify({ ...result, warnings: tidyFindings(warnings) }, null, 2));
    return code;
  }
  printFindings(terminal, root, warnings);
  if (!check) {
    for (const path of edited) terminal.out(`wrote ${path}`);
    for (const { path, kind } of drifts) terminal.out(`${kind === 'stale' ? 'removed' : 'wrote'} ${path}`);
    const files = `${count(total, 'generated file')}, ${String(drifts.length)} changed`;
    terminal.out(`${count(environments.length, 'environment')}: ${files}`);
    return code;
  }
  if (drifts.length === 0) {
    terminal.out(`${count(total, 'generated file')} up to date`);
    return code;
  }
  const { unifiedDiff } = await import('../text-diff.js');
  for (const { path, before, after } of drifts) terminal.out(unifiedDiff(path, before, after));
  const stale = count(drifts.length, 'generated file');
  terminal.err(`${stale} out of date; run \`brolly generate\` and commit what it writes`);
  return code;
}
