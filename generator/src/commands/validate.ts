import type { Context } from '../context.js';
import { EXIT, FindingsError, type Finding } from '../errors.js';
import { generateEnvironments } from '../pipeline.js';
import { loadProject } from '../project.js';
import { count, summarize, type ReportFormat } from '../report.js';
import { reportFindings } from '../report/formats.js';

export interface ValidateOptions {
  readonly environments?: readonly string[];
  /** Default: text, for a person, on standard error; all others go to standard output. */
  readonly format?: ReportFormat;
  /** Let warnings fail as well. */
  readonly strict?: boolean;
}

/** Checks the input files and the values that follow from them, and reports everything that is found. */
export async function validate({ root, terminal }: Context, options: ValidateOptions): Promise<number> {
  const { environments = [], format = 'text', strict = false } = options;
  const { names, findings } = await check(root, environments);
  const failed = strict ? findings.length > 0 : findings.some(({ severity }) => severity === 'error');
  const text = reportFindings(root, findings, format, terminal.style);
  if (format !== 'text') {
    if (text !== '') terminal.out(text);
  } else {
    if (text !== '') terminal.err(text);
    if (failed) terminal.err(summarize(findings));
    else terminal.out(`${count(names.length, 'environment')} valid, ${summarize(findings)}: ${names.join(', ')}`);
  }
  return failed ? EXIT.findings : EXIT.ok;
}

async function check(
  root: string,
  wanted: readonly string[],
): Promise<{ names: string[]; findings: readonly Finding[] }> {
  try {
    const environments = generateEnvironments(await loadProject(root), wanted);
    return { names: environments.map(({ name }) => name), findings: environments.flatMap(({ warnings }) => warnings) };
  } catch (error) {
    if (!(error instanceof FindingsError)) throw error;
    return { names: [], findings: error.findings };
  }
}
