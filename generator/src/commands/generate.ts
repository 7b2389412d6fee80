import type { Context } from '../context.js';
import { EXIT, FindingsError, type Finding } from '../errors.js';
import { attempt, chooseEnvironments, openGenerator, type GeneratedEnvironment } from '../pipeline.js';
import { loadProject, type Project } from '../project.js';
import { count, reportFindings } from '../report.js';
import { generateShared } from '../shared.js';
import type { Terminal } from '../terminal.js';
import { unifiedDiff } from '../text-diff.js';
import { findDrift, writeDrift, type Drift } from '../write.js';

export interface GenerateOptions {
  readonly environments?: readonly string[];
  /** Write nothing; print what would change and end with 1 if anything would. */
  readonly check?: boolean;
}

/** Everything that is generated, compared with what is on disk. Throws a FindingsError with the problems of all environments. */
export async function plan(
  project: Project,
  names: readonly string[] = [],
): Promise<{ environments: GeneratedEnvironment[]; total: number; drifts: Drift[] }> {
  const generator = await openGenerator(project);
  const environments: GeneratedEnvironment[] = [];
  const findings: Finding[] = [];
  const shared = await generateShared(generator);
  const drifts = await findDrift(project.root, shared, []);
  let total = shared.length;
  for (const name of chooseEnvironments(generator, names)) {
    const { environment, findings: found } = attempt(generator, name);
    findings.push(...found, ...(environment?.warnings ?? []));
    if (environment === undefined) continue;
    environments.push(environment);
    total += environment.files.length;
    drifts.push(...(await findDrift(project.root, environment.files, foldersOf(project, name))));
  }
  if (findings.some(({ severity }) => severity === 'error')) throw new FindingsError(findings);
  return { environments, total, drifts };
}

/** Tells what is worth a look although everything could be generated. */
export function warn(root: string, terminal: Terminal, environments: readonly GeneratedEnvironment[]): void {
  const warnings = environments.flatMap((environment) => environment.warnings);
  if (warnings.length > 0) terminal.err(reportFindings(root, warnings, 'text', terminal.style));
}

/** Folders that hold generated files only. */
function foldersOf({ argocd }: Project, name: string): string[] {
  return argocd === undefined ? [] : [`${argocd}/${name}`, `${argocd}/${name}/applications`];
}

export async function generate({ root, terminal }: Context, options: GenerateOptions): Promise<number> {
  const { environments, total, drifts } = await plan(await loadProject(root), options.environments);
  warn(root, terminal, environments);
  if (options.check === true) {
    for (const { path, before, after } of drifts) terminal.out(unifiedDiff(path, before, after));
    if (drifts.length === 0) {
      terminal.out(`${count(total, 'generated file')} up to date`);
      return EXIT.ok;
    }
    terminal.err(
      `${count(drifts.length, 'generated file')} out of date; run \`brolly generate\` and commit what it writes`,
    );
    return EXIT.findings;
  }
  await writeDrift(root, drifts);
  for (const { path, kind } of drifts) terminal.out(`${kind === 'stale' ? 'removed' : 'wrote'} ${path}`);
  terminal.out(
    `${count(environments.length, 'environment')}: ${count(total, 'generated file')}, ${String(drifts.length)} changed`,
  );
  return EXIT.ok;
}
