import type { Context } from '../context.js';
import { loadChart } from '../deep/chart.js';
import { Failure } from '../errors.js';
import { exists, listFolders, writeAllAtomic } from '../files.js';
import { originUrl } from '../git.js';
import { listComponents } from '../load.js';
import { loadProject } from '../project.js';
import { scaffold } from '../scaffold.js';
import { generate } from './generate.js';

export interface InitOptions {
  /** Folder of the chart, relative to the root. Default: that of brolly.yaml, else the only one there is. */
  readonly chart?: string;
  /** Name of the first environment. */
  readonly environment: string;
}

/**
 * Sets a repository with a Helm chart up: brolly.yaml, a first environment and its schema, and a schema for each chart of its
 * own that has none. What is there already is kept. Then generates everything that follows.
 */
export async function init(context: Context, { chart: named, environment }: InitOptions): Promise<number> {
  const { root, terminal } = context;
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(environment)) {
    throw new Failure(`"${environment}" is no name for an environment`, {
      hint: 'use lower-case letters, digits and -',
    });
  }
  const before = (await exists(root, 'brolly.yaml')) ? await loadProject(root) : undefined;
  const chart = await loadChart(root, named ?? before?.chart ?? findChart(root, await findCharts(root)));
  if (chart.folder.startsWith('..')) {
    throw new Failure(`${chart.folder} lies outside of this folder`, {
      hint: 'run `brolly init` at the root of the repository',
    });
  }
  const origin = await originUrl(root);
  const repository = origin !== undefined && READABLE.test(origin) ? origin : undefined;
  const files = await scaffold({
    chart,
    components: listComponents({ root, chart: chart.folder }, chart.name).map(({ name }) => name),
    environment,
    repository,
  });
  const kept = await Promise.all(files.map(({ path }) => exists(root, path)));
  const missing = files.filter((_, index) => kept[index] !== true);
  writeAllAtomic(root, missing);
  for (const [index, { path }] of files.entries()) terminal.out(`${kept[index] === true ? 'kept' : 'wrote'} ${path}`);
  if (repository === undefined)
    terminal.err('Git names no origin that Argo CD could read: to generate its applications, add "argocd" to brolly.yaml');
  return generate(context, {});
}

/** The addresses that environment.schema.json takes; a path on this machine is none that Argo CD could read. */
const READABLE = /^(?:https?:\/\/|ssh:\/\/|git@[^\s:]+:)\S+$/;

function findChart(root: string, charts: readonly string[]): string {
  const [only] = charts;
  if (only === undefined) {
    throw new Failure(`there is no Helm chart in ${root}`, { hint: 'a chart is a folder with a Chart.yaml' });
  }
  if (charts.length === 1) return only;
  throw new Failure('there are several charts', { hint: `say which: brolly init ${charts.join(' | ')}` });
}

/** How deep in a repository a chart is looked for. */
const MAX_DEPTH = 6;

/** Folders with a Chart.yaml, those within another chart left out. */
async function findCharts(root: string, folder = '.', depth = 0): Promise<string[]> {
  if (await exists(root, `${folder}/Chart.yaml`)) return [folder];
  if (depth === MAX_DEPTH) return [];
  const inner = listFolders(root, folder).filter((name) => !name.startsWith('.') && name !== 'node_modules');
  const path = (name: string): string => (folder === '.' ? name : `${folder}/${name}`);
  return (await Promise.all(inner.map((name) => findCharts(root, path(name), depth + 1)))).flat();
}
