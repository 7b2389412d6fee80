import type { Terminal } from './terminal.js';

/** What every command gets from the outside world. */
export interface Context {
  /** Absolute path of the repository. */
  readonly root: string;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Aborted by Ctrl-C and SIGTERM: a command that waits stops waiting and ends what it started. One that never looks at it is
   * ended itself.
   */
  readonly signal: AbortSignal;
}
