import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import type { Cluster } from './connect.js';
import type { Release } from './release.js';
import { describeWorkload, readWorkloads, type PodTrouble, type Workload } from './workloads.js';

const POLL_MS = 1000;
/** Lines of a container's log that a failure shows. */
const LOG_LINES = 15;

/**
 * Waits until every workload of the release is rolled out, showing how far each is. Throws a Failure that names pod, reason
 * and last log lines when a container crashes over and over, when `seconds` have passed, or when the run is interrupted.
 */
export async function waitUntilReady(
  context: Context,
  cluster: Cluster,
  release: Release,
  seconds: number,
): Promise<void> {
  const { terminal, signal } = context;
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const workloads = await readWorkloads(cluster, release);
    terminal.status(workloads.map(describeWorkload).join('; '));
    if (workloads.every(({ done }) => done)) return;
    const troubles = workloads.flatMap((workload) => workload.troubles);
    const crash = troubles.find(({ reason }) => reason === 'CrashLoopBackOff');
    if (crash !== undefined) throw await failure(cluster, release, 'a container crashes over and over', [crash]);
    if (Date.now() >= end)
      throw await failure(cluster, release, `not ready within ${String(seconds)} s: ${unready(workloads)}`, troubles);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined); // told by the signal itself, next
    if (signal.aborted) {
      throw new Failure(`stopped waiting: ${unready(workloads)}`, {
        hint: 'the release stays installed: brolly status, brolly down',
      });
    }
  }
}

function unready(workloads: readonly Workload[]): string {
  return workloads
    .filter(({ done }) => !done)
    .map(describeWorkload)
    .join('; ');
}

async function failure(
  cluster: Cluster,
  release: Release,
  what: string,
  troubles: readonly PodTrouble[],
): Promise<Failure> {
  const details = await Promise.all(
    troubles.map(async (trouble) => {
      const { pod, container, reason, message } = trouble;
      const log = await lastLog(cluster, release, trouble);
      return [
        `pod ${pod}${container === undefined ? '' : `, container ${container}`}: ${reason} ${message}`.trimEnd(),
        ...log,
      ].join('\n    ');
    }),
  );
  return new Failure([what, ...details].join('\n  '), {
    hint: `kubectl --context ${cluster.context} --namespace ${release.namespace} describe pods`,
  });
}

/** Of the container that ended, or of the one that runs; nothing where it never started. */
async function lastLog(cluster: Cluster, { namespace }: Release, { pod, container }: PodTrouble): Promise<string[]> {
  if (container === undefined) return [];
  const args = ['logs', pod, '--container', container, '--namespace', namespace, '--tail', String(LOG_LINES)];
  for (const which of [['--previous'], []]) {
    const text = await cluster.kubectl(...args, ...which).catch(() => ''); // kubectl refuses where there is no such log
    if (text.trim() !== '') return text.trimEnd().split('\n');
  }
  return [];
}
