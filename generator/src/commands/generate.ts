import type { Context } from '../context.js';
import { EXIT } from '../errors.js';
import { generateEnvironments, type GeneratedEnvironment } from '../pipeline.js';
import { count } from '../report.js';
import { generateShared } from '../shared.js';
import { unifiedDiff } from '../text-diff.js';
import { findDrift, writeDrift, type Drift } from '../write.js';

export interface GenerateOptions {
  readonly environments?: readonly string[];
  /** Write nothing; print what would change and end with 1 if anything would. */
  readonly check?: boolean;
}

/** Everything that is generated, compared with what is on disk. */
export async function plan(
  root: string,
  names: readonly string[] = [],
): Promise<{ environments: GeneratedEnvironment[]; total: number; drifts: Drift[] }> {
  const [environments, shared] = await Promise.all([generateEnvironments(root, names), generateShared(root)]);
  const files = [...shared, ...environments.flatMap((environment) => environment.files)];
  const own = environments.flatMap(({ name }) => [`argocd/${name}`, `argocd/${name}/applications`]);
  const folders = [...own, 'docs/values'];
  return { environments, total: files.length, drifts: await findDrift(root, files, folders) };
}

export async function generate({ root, terminal }: Context, options: GenerateOptions): Promise<number> {
  const { environments, total, drifts } = await plan(root, options.environments);
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
