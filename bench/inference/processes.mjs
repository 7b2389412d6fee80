// Processes that end with this one, whatever ends it.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Process groups that are alive, by the id of their leader. */
const groups = new Set();
process.on('exit', () => groups.forEach(kill));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

function kill(group) {
  groups.delete(group);
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // Nothing is left of it.
  }
}

/**
 * Starts a program and waits until it is ready.
 * @param log file for what it says
 * @param isReady asked again and again, after `seconds` of which it is given up
 * @returns the seconds it took, its memory, and how to end it and all it has started
 */
export async function start({ command: [program, ...args], env, cwd, log, isReady, seconds }) {
  const output = openSync(log, 'w');
  const started = performance.now();
  // As the leader of a group, in which all processes are that it starts.
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const group = child.pid;
  if (group === undefined) throw new Error(`${program} could not be started`);
  groups.add(group);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let exited = false;
  void gone.then(() => (exited = true));
  const stop = async () => {
    kill(group);
    await gone;
  };
  while (!(await isReady())) {
    if (exited || performance.now() - started > seconds * 1000) {
      await stop();
      throw new Error(`${program} ${args.join(' ')} did not become ready:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await sleep(20);
  }
  return { seconds: (performance.now() - started) / 1000, memory: () => memoryOf(group), stop };
}

/**
 * MiB of a process group: now, what its processes share counted once (the kernel's proportional set size), and the most
 * that each of them has had resident, added up.
 */
function memoryOf(group) {
  const members = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === group);
  const sum = (file, field) =>
    members.reduce((total, pid) => total + Number(field.exec(read(`/proc/${pid}/${file}`))?.[1] ?? 0), 0) / 1024;
  return { now: sum('smaps_rollup', /^Pss: +(\d+)/m), peak: sum('status', /^VmHWM:\s+(\d+)/m) };
}

/** The fifth field of stat; the second, the name in brackets, may hold blanks. */
const groupOf = (pid) => Number(read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[2]);

/** Empty when the process has just ended. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  }
}
