import { relative, resolve } from 'node:path';
import type { Context } from '../context.js';
import { checkChart } from '../deep/deep.js';
import type { Finding } from '../errors.js';
import { listFiles, readText } from '../files.js';
import { isObject, type JsonObject } from '../model.js';
import { count } from '../report.js';
import { findHelm } from '../tools.js';
import { parseYaml } from '../yaml.js';

/** Looks for dead and missing values in chart folders, starting from the charts' own values and the sets given. */
export async function checkCharts(
  context: Context,
  charts: readonly string[],
  sets: readonly JsonObject[] = [],
): Promise<Finding[]> {
  const { root, terminal } = context;
  const tools = await findHelm(context);
  const findings: Finding[] = [];
  for (const chart of charts) {
    const progress = (done: number, total: number): void => {
      if (terminal.isTTY) terminal.status(`${chart}: ${String(done)} of ${count(total, 'value')}`);
    };
    const all = [...sets, ...(await testValues(root, chart))];
    const report = await checkChart({ ...tools, root, chart, sets: all, progress });
    findings.push(...report.findings);
    terminal.err(`${chart}: ${count(report.values, 'value')}, ${count(report.findings.length, 'finding')}`);
    if (report.undecided.length > 0) terminal.err(`  only a cluster can tell: ${report.undecided.join(', ')}`);
    for (const file of report.packed) terminal.err(`  not looked into: ${file}`);
  }
  return findings;
}

/** Values that chart testers keep in `ci/`, under which other parts of a chart are on. */
async function testValues(root: string, chart: string): Promise<JsonObject[]> {
  const folder = `${relative(root, resolve(root, chart))}/ci`;
  const files = listFiles(root, folder).filter((file) => /values\.ya?ml$/.test(file));
  const values = files.map(async (file) => parseYaml(await readText(root, `${folder}/${file}`), file).value);
  return (await Promise.all(values)).filter(isObject);
}
