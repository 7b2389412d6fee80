import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Milliseconds after which the program is ended and the call fails. Default: no limit. */
  readonly timeout?: number;
  /** Called with every chunk of output as it comes, for commands that show progress. */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  /** null when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell and collects what it prints, however much.
 * Rejects only when it could not be started (`ENOENT`) or the timeout passed; a non-zero exit is a result.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onOutput?.(text);
    });
    let late = false;
    // not spawn's own timeout: its timer outlives a program that could not be started, and keeps this process waiting
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            late = child.kill();
          }, options.timeout);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${program} was ended after ${String(options.timeout)} ms`));
      else resolve({ code, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined).end(options.input); // a program may exit without reading its input
  });
}
