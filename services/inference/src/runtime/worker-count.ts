import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where the number of workers may come from, most binding first. */
export interface CpuSources {
  /** `config.workers`; 0 leaves it to the rest. */
  configured: number;
  /** CPU limit of the container in thousandths of a CPU (the environment variable CPU_LIMIT). */
  limitMillicores: string | undefined;
  /** Content of the cgroup's cpu.max: `<quota> <period>` in microseconds, or `max <period>`. */
  cgroup: string | undefined;
  /** CPUs the process may run on. */
  parallelism: number;
}

/** Worker threads to start: one for each whole CPU, at least one. More would only make the kernel pause the process. */
export function workerCount({ configured, limitMillicores, cgroup, parallelism }: CpuSources): number {
  if (configured > 0) return configured;
  const cpus = fromMillicores(limitMillicores) ?? fromCgroup(cgroup) ?? parallelism;
  return Math.max(1, Math.floor(cpus));
}

/**
 * The sources of this process. Node cannot be asked alone: `availableParallelism` overlooks limits below one CPU, and
 * all of them before Node 22.12.
 */
export function cpuSources(configured: number): CpuSources {
  return {
    configured,
    limitMillicores: process.env.CPU_LIMIT,
    cgroup: readCgroup(),
    parallelism: availableParallelism(),
  };
}

function fromMillicores(limit: string | undefined): number | undefined {
  const millicores = Number(limit);
  return millicores > 0 ? millicores / 1000 : undefined;
}

function fromCgroup(content: string | undefined): number | undefined {
  const [quota, period] = (content ?? '').split(' ').map(Number);
  return quota && period ? quota / period : undefined;
}

function readCgroup(): string | undefined {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return undefined; // No cgroup v2 here: not Linux, or an older one.
  }
}
