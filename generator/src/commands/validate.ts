import type { Context } from '../context.js';
import { EXIT, Failure, FindingsError, type Finding } from '../errors.js';
import { exists } from '../files.js';
import { listEnvironments } from '../load.js';
import { generateEnvironments } from '../pipeline.js';
import { PROJECT_FILE, loadProject } from '../project.js';
import { count, summarize, type ReportFormat } from '../report.js';
import { reportFindings } from '../report/formats.js';
import type { checkCharts as CheckCharts } from './deep.js';

export interface ValidateOptions {
  readonly environments?: readonly string[];
  /** Default: text, for a person, on standard error; all others go to standard output. */
  readonly format?: ReportFormat;
  /** Let warnings fail as well. */
  readonly strict?: boolean;
  /** Also look for dead and missing values in the project's chart (`true`); or only that, in the chart folders named. */
  readonly deep?: true | readonly string[];
}

/** What was looked at, and what was found. */
interface Checked {
  readonly subject: string;
  readonly findings: readonly Finding[];
}

/** Checks the input files and the values that follow from them, and reports everything that is found. */
export async function validate(context: Context, options: ValidateOptions): Promise<number> {
  const { root, terminal } = context;
  const { format = 'text', strict = false, deep } = options;
  const { subject, findings } = await collect(() =>
    typeof deep === 'object' ? checkCharts(context, deep) : check(context, options),
  );
  const failed = strict ? findings.length > 0 : findings.some(({ severity }) => severity === 'error');
  const text = reportFindings(root, findings, format, terminal.style);
  if (format !== 'text') {
    if (text !== '') terminal.out(text);
  } else {
    if (text !== '') terminal.err(text);
    if (failed) terminal.err(summarize(findings));
    else terminal.out(`${subject}, ${summarize(findings)}`);
  }
  return failed ? EXIT.findings : EXIT.ok;
}

async function collect(work: () => Promise<Checked>): Promise<Checked> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FindingsError)) throw error;
    return { subject: '', findings: error.findings };
  }
}

async function check(context: Context, { environments: names, deep }: ValidateOptions): Promise<Checked> {
  const project = await loadProject(context.root);
  const environments = generateEnvironments(project, names);
  const sets = environments.map(({ values }) => values);
  const warnings = environments.flatMap((environment) => environment.warnings);
  return {
    subject: `${count(environments.length, 'environment')} valid: ${environments.map(({ name }) => name).join(', ')}`,
    findings: deep === undefined ? warnings : [...warnings, ...(await checkDeep(context, [project.chart], sets))],
  };
}

/** Only chart folders, of a repository that Brolly need not know. */
async function checkCharts(context: Context, charts: readonly string[]): Promise<Checked> {
  const environments = (await exists(context.root, PROJECT_FILE))
    ? listEnvironments(await loadProject(context.root))
    : [];
  for (const name of charts) {
    if (!environments.includes(name) || (await exists(context.root, `${name}/Chart.yaml`))) continue;
    throw new Failure(`${name} is an environment, and what follows --deep are folders of charts`, {
      hint: `name it first: brolly validate ${name} --deep`,
    });
  }
  const findings = await checkDeep(context, charts);
  return { subject: `${count(charts.length, 'chart')} looked through: ${charts.join(', ')}`, findings };
}

/** Loaded only when it is asked for. */
async function checkDeep(...args: Parameters<typeof CheckCharts>): Promise<Finding[]> {
  const deep = await import('./deep.js');
  return deep.checkCharts(...args);
}
