import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether there is a Python that can make an environment with pip. */
export const hasPython = spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;

/** Milliseconds to fetch and unpack packages, on a machine that does other things. */
export const INSTALL_TIMEOUT = 600_000;

/**
 * Makes the environment `.venv` in a folder from the requirements.txt there, unless it is there already.
 * @returns the folder of its programs
 */
export async function pythonEnvironment(folder: string): Promise<string> {
  const environment = join(folder, '.venv');
  const programs = join(environment, 'bin');
  // What the environment was made from, in the environment.
  const stamp = join(environment, 'requirements.txt');
  const wanted = readFileSync(join(folder, 'requirements.txt'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return programs;
  rmSync(environment, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', environment]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'];
  await run(join(programs, 'python'), install, { cwd: folder });
  writeFileSync(stamp, wanted);
  return programs;
}
