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
  if (await isReady()) throw new Error('another process answers on the port already');
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
  let gone = false;
  child.once('exit', () => (gone = true)).once('error', () => (gone = true));
  const group = child.pid;
  if (group === undefined) throw new Error(`${program} could not be started`);
  groups.add(group);
  const stop = async () => {
    kill(group);
    while (membersOf(group).length > 0) await sleep(20);
  };
  while (!(await isReady())) {
    if (gone || performance.now() - started > seconds * 1000) {
      const problem = gone ? 'it ended before it was ready' : `it was not ready within ${String(seconds)} s`;
      await stop();
      console.error(readFileSync(log, 'utf8'));
      throw new Error(problem);
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
  const sum = (file, field) =>
    membersOf(group).reduce((total, pid) => total + Number(field.exec(read(`/proc/${pid}/${file}`))?.[1] ?? 0), 0) /
    1024;
  return { now: sum('smaps_rollup', /^Pss: +(\d+)/m), peak: sum('status', /^VmHWM:\s+(\d+)/m) };
}

/** The processes of a group that are alive. In `stat` the state and the group come behind the name in brackets. */
function membersOf(group) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    const [state, , own] = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
    return Number(own) === group && state !== 'Z';
  });
}

/** Empty when there is no such process. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  }
}
