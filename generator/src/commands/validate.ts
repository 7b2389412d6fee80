import type { Context } from '../context.js';
import { EXIT, FindingsError } from '../errors.js';
import { generateEnvironments } from '../pipeline.js';
import { loadProject } from '../project.js';
import { count } from '../report.js';

export interface ValidateOptions {
  readonly environments?: readonly string[];
  readonly format?: 'text' | 'json';
}

/** Checks the input files and the values that follow from them. Findings end the command by the error boundary. */
export async function validate({ root, terminal }: Context, options: ValidateOptions): Promise<number> {
  try {
    const environments = generateEnvironments(await loadProject(root), options.environments);
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
