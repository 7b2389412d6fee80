import type { Context } from '../context.js';
import { EXIT, FindingsError } from '../errors.js';
import { generateEnvironments } from '../pipeline.js';
import { count } from '../report.js';
import { checkCharts } from './deep.js';

export interface ValidateOptions {
  readonly environments?: readonly string[];
  readonly format?: 'text' | 'json';
  /** Check charts for dead and missing values as well: the folders named, or the project's own (`true`). */
  readonly deep?: true | readonly string[];
}

/** Checks the input files and the values that follow from them. Findings end the command by the error boundary. */
export async function validate(context: Context, options: ValidateOptions): Promise<number> {
  const { root, terminal } = context;
  try {
    const environments = await generateEnvironments(root, options.environments);
    if (options.deep !== undefined) {
      const findings = await checkCharts(context, options.deep === true ? [] : options.deep);
      if (findings.length > 0) throw new FindingsError(findings);
    }
    if (options.format === 'json') terminal.out(JSON.stringify({ findings: [] }, null, 2));
    else
      terminal.out(
        `${count(environments.length, 'environment')} valid: ${environments.map(({ name }) => name).join(', ')}`,
      );
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof FindingsError) || options.format !== 'json') throw error;
    terminal.out(JSON.stringify({ findings: error.findings }, null, 2));
    return EXIT.findings;
  }
}
