import type { Context } from '../context.js';
import { EXIT, FindingsError } from '../errors.js';
import { generateEnvironments } from '../pipeline.js';
import { loadProject } from '../project.js';
import { count } from '../report.js';
import type { checkCharts as CheckCharts } from './deep.js';

export interface ValidateOptions {
  readonly environments?: readonly string[];
  readonly format?: 'text' | 'json';
  /** Also look for dead and missing values in the project's chart (`true`); or only that, in the chart folders named. */
  readonly deep?: true | readonly string[];
}

/** Checks the input files and the values that follow from them. Findings end the command by the error boundary. */
export async function validate(context: Context, options: ValidateOptions): Promise<number> {
  const { terminal } = context;
  try {
    const { deep } = options;
    const valid = await (typeof deep === 'object' ? checkDeep(context, deep) : check(context, options));
    terminal.out(options.format === 'json' ? JSON.stringify({ findings: [] }, null, 2) : valid);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof FindingsError) || options.format !== 'json') throw error;
    terminal.out(JSON.stringify({ findings: error.findings }, null, 2));
    return EXIT.findings;
  }
}

/** Says what is valid; throws a FindingsError with what is not. */
async function check(context: Context, { environments: names, deep }: ValidateOptions): Promise<string> {
  const project = await loadProject(context.root);
  const environments = generateEnvironments(project, names);
  const sets = environments.map(({ values }) => values);
  if (deep !== undefined) await checkDeep(context, [project.chart], sets);
  return `${count(environments.length, 'environment')} valid: ${environments.map(({ name }) => name).join(', ')}`;
}

/** Loaded only when it is asked for. */
async function checkDeep(...args: Parameters<typeof CheckCharts>): Promise<string> {
  const { checkCharts } = await import('./deep.js');
  return checkCharts(...args);
}
