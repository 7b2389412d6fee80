// The Python servers' packages, as their lock files have them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The wheels of the lock files are of this version; PYTHON names another program of the same version. */
const PYTHON = process.env.PYTHON ?? 'python3.11';

/**
 * The folder of programs of an environment with the packages of a lock file; made when it is not there yet.
 * @param cache folder for environments
 * @throws Error when it cannot be installed
 */
export function environmentOf(lock, name, cache) {
  const environment = join(cache, name);
  const programs = join(environment, 'bin');
  const wanted = readFileSync(lock, 'utf8');
  const stamp = join(environment, 'lock.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return programs;
  console.error(`installing ${lock}`);
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run(PYTHON, ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
  run(join(programs, 'python'), [...pip, '--requirement', lock]);
  writeFileSync(stamp, wanted);
  return programs;
}

/** `name version` of packages, as a lock file has them. */
export function versionsOf(lock, names) {
  const lines = readFileSync(lock, 'utf8').split('\n');
  const version = (name) => lines.find((line) => line.startsWith(`${name}==`))?.split(/==| /)[1];
  return names.map((name) => `${name} ${String(version(name))}`).join(', ');
}

function run(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.slice(-500)}`);
}
