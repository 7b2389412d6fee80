import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { aborted } from './probe.js';

export interface Child {
  /** Resolves with how it ended once the process, what it started and all its output are gone; never rejects. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after `graceSeconds` or once `hurry` is aborted. Resolves when it has ended. */
  terminate(graceSeconds: number, hurry: AbortSignal): Promise<void>;
}

export interface ChildOptions {
  readonly cwd: string;
  /** Beside these a process gets PATH and HOME only: nothing of a person's environment reaches it by chance. */
  readonly env: Readonly<Record<string, string>>;
  /** Called with every line of its output. */
  readonly onLine: (line: string) => void;
}

/** Starts a Node.js program in a process group of its own: Ctrl-C reaches only us, and we can end all that it started. */
export function startChild(script: string, args: readonly string[], { cwd, env, onLine }: ChildOptions): Child {
  const base = { PATH: process.env.PATH, HOME: process.env.HOME };
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...base, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // all of it is gone
    }
  };
  process.once('exit', killGroup); // also when this program ends in a way that nobody thought of
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  child.once('exit', killGroup);
  const ended = new Promise<string>((resolve) => {
    const settle = (how: string): void => {
      process.removeListener('exit', killGroup);
      resolve(how);
    };
    child.once('error', ({ message }) => {
      settle(`could not be started: ${message}`);
    });
    child.once('close', (code, signal) => {
      settle(signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`);
    });
  });
  return {
    ended,
    async terminate(graceSeconds, hurry) {
      child.kill('SIGTERM');
      const over = new AbortController();
      const limit = sleep(graceSeconds * 1000, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([ended, limit, aborted(hurry)]);
      over.abort();
      killGroup();
      await ended;
    },
  };
}
