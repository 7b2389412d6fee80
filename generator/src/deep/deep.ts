import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Finding } from '../errors.js';
import { readText, readIfThere, walkFiles, writeAllAtomic } from '../files.js';
import type { JsonObject } from '../model.js';
import type { Helm } from '../tools.js';
import { allCharts, loadChart, type Chart } from './chart.js';
import { deadFindings, undeclaredFindings, unreadableFindings } from './findings.js';
import { leavesOf } from './leaves.js';
import { findDead } from './probe.js';
import { baseMaker } from './render.js';
import { scanChart } from './scan.js';

/** What is wrong between a chart's values and its templates. */
export interface DeepReport {
  /** Codes: `dead-value`, `unread-value`, `undeclared-value`, `unreadable-template`. */
  readonly findings: readonly Finding[];
  /** How many values were looked at. */
  readonly values: number;
  /** Values of which only a cluster could say what they do: their templates look something up or make it at random. */
  readonly undecided: readonly string[];
  /** Archives of subcharts, whose templates were not looked into. */
  readonly packed: readonly string[];
}

export interface DeepOptions extends Helm {
  /** Of the repository: findings name files relative to it, and its `.brolly/` keeps reports. */
  readonly root: string;
  /** Folder of the chart, relative to the root or absolute. */
  readonly chart: string;
  /** Sets of values to start from, beside the chart's own. */
  readonly sets: readonly JsonObject[];
  readonly progress: (done: number, total: number) => void;
}

/** Raised whenever the same chart may be judged differently. */
const VERSION = 1;

/** Checks a chart folder, ours or anybody's; a report is kept for as long as chart, values and Helm stay what they are. */
export async function checkChart(options: DeepOptions): Promise<DeepReport> {
  const { root, sets } = options;
  const chart = await loadChart(root, options.chart);
  const file = `.brolly/deep/${await digest(root, chart, sets, options.helmVersion)}.json`;
  const kept = readIfThere(root, file);
  if (kept !== undefined) return JSON.parse(kept) as DeepReport; // written below
  const report = await judge(chart, options);
  writeAllAtomic(root, [{ path: file, text: `${JSON.stringify(report)}\n` }]);
  return report;
}

async function judge(chart: Chart, { root, helm, sets, progress }: DeepOptions): Promise<DeepReport> {
  const scan = scanChart(chart);
  const leaves = leavesOf(chart).filter(({ path }) => !isReadByHelm(chart, path));
  const packed = allCharts(chart).flatMap((each) => each.packed);
  // what is not seen may be random
  const steady = scan.unsteady.size + scan.unreadable.length + packed.length === 0;
  const makeBase = baseMaker(helm, join(root, chart.folder), steady);
  const dead = await findDead({ leaves, scan, sets, makeBase, progress });
  const { findings, undecided } = deadFindings(chart, scan, dead);
  return {
    findings: [...findings, ...undeclaredFindings(chart, scan), ...unreadableFindings(chart, scan)],
    values: leaves.length,
    undecided: undecided.map(({ path }) => path.join('.')),
    packed,
  };
}

/** Conditions of dependencies and `tags` are for Helm, and `global` is where it puts what a parent says to all its charts. */
function isReadByHelm(chart: Chart, path: readonly string[]): boolean {
  const conditions = allCharts(chart).flatMap((each) => each.conditions);
  const name = path.join('.');
  return path[0] === 'tags' || name === 'global' || conditions.some((condition) => condition.join('.') === name);
}

async function digest(root: string, chart: Chart, sets: readonly JsonObject[], helmVersion: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, helmVersion, chart.folder, sets]));
  for (const file of walkFiles(root, chart.folder)) hash.update(`\0${file}\0`).update(await readText(root, file));
  return hash.digest('hex').slice(0, 32);
}
