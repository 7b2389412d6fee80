import { relative, resolve } from 'node:path';
import type { Context } from '../context.js';
import { checkChart } from '../deep/deep.js';
import type { Finding } from '../errors.js';
import { listFiles, readText } from '../files.js';
import { CHART, listEnvironments } from '../load.js';
import { isObject, type JsonObject } from '../model.js';
import { count } from '../report.js';
import { findHelm } from '../tools.js';
import { parseYaml } from '../yaml.js';

/** Dead and missing values of chart folders, by default of the project's own chart. Says on the way what it looked at. */
export async function checkCharts(context: Context, charts: readonly string[]): Promise<Finding[]> {
  const { root, terminal } = context;
  const tools = await findHelm(context);
  const findings: Finding[] = [];
  for (const chart of charts.length === 0 ? [CHART] : charts) {
    const progress = (done: number, total: number): void => {
      if (terminal.isTTY) terminal.status(`${chart}: ${String(done)} of ${count(total, 'value')}`);
    };
    const report = await checkChart({ ...tools, root, chart, sets: await valuesFor(root, chart), progress });
    findings.push(...report.findings);
    terminal.err(`${chart}: ${count(report.values, 'value')}, ${count(report.findings.length, 'finding')}`);
    if (report.undecided.length > 0) terminal.err(`  only a cluster can tell: ${report.undecided.join(', ')}`);
    for (const file of report.packed) terminal.err(`  not looked into: ${file}`);
  }
  return findings;
}

/** Values under which other parts of a chart are on: our environments', and those that chart testers keep in `ci/`. */
async function valuesFor(root: string, chart: string): Promise<JsonObject[]> {
  const folder = relative(root, resolve(root, chart));
  const own = (await listFiles(root, `${folder}/ci`)).filter((file) => /values\.ya?ml$/.test(file));
  const environments = folder === CHART ? await listEnvironments(root) : [];
  const files = [
    ...own.map((file) => `${folder}/ci/${file}`),
    ...environments.map((name) => `environments/${name}/values.yaml`),
  ];
  const values = await Promise.all(files.map(async (file) => parseYaml(await readText(root, file), file).value));
  return values.filter(isObject);
}
