import { Failure } from '../errors.js';
import type { Child } from './child.js';
import type { ProcessPlan } from './plan.js';
import { aborted, pause, watch } from './probe.js';

export interface Supervision {
  /** Starts the process anew. */
  readonly start: () => Child;
  /** Says what happens, one sentence. */
  readonly say: (text: string) => void;
  /** Called when the process becomes ready (undefined) and when it stops to be (what is wrong). */
  readonly onReadiness: (problem: string | undefined) => void;
  /** Ends it, with time to drain. */
  readonly stop: AbortSignal;
  /** Ends it at once. */
  readonly hurry: AbortSignal;
}

/** Seconds before a restart: the first, and the longest after doubling. The kubelet's own, 10 and 300, are for nobody to watch. */
const BACKOFF = { first: 1, longest: 30 };
/** Seconds after which a process that ended counts as one that had been well, so that the wait starts anew. */
const WELL_AFTER = 60;

/**
 * Keeps one process running until `stop`, as the kubelet would: a failed startup or liveness probe, or its end, starts it
 * again. Throws a Failure when it ends by itself before it was ever ready: what is wrong then does not pass.
 */
export async function supervise(plan: ProcessPlan, supervision: Supervision): Promise<void> {
  const { say, stop, onReadiness } = supervision;
  const life = { everReady: false };
  let wait = BACKOFF.first;
  while (!stop.aborted) {
    const started = Date.now();
    const end = await runOnce(plan, {
      ...supervision,
      onReadiness: (problem) => {
        life.everReady ||= problem === undefined;
        onReadiness(problem);
      },
    });
    if (end === undefined) return;
    onReadiness(end.why);
    if (end.byItself && !life.everReady) {
      throw new Failure(`${plan.name} ${end.why} before it was ready`, { hint: 'its last lines above say why' });
    }
    wait = Date.now() - started > WELL_AFTER * 1000 ? BACKOFF.first : wait;
    say(`${plan.name} ${end.why}; it starts again in ${String(wait)} s`);
    await pause(wait, stop);
    wait = Math.min(wait * 2, BACKOFF.longest);
  }
}

interface End {
  readonly why: string;
  /** False when a probe made us end it. */
  readonly byItself: boolean;
}

/** One life of the process; undefined when it was stopped because everything stops. */
async function runOnce(plan: ProcessPlan, { start, stop, hurry, onReadiness }: Supervision): Promise<End | undefined> {
  const child = start();
  const over = new AbortController();
  void child.ended.then(() => {
    over.abort();
  });
  const problem = await probeUntilOver(plan, AbortSignal.any([stop, over.signal]), onReadiness);
  const byItself = over.signal.aborted;
  if (!byItself) await child.terminate(plan.graceSeconds, hurry);
  const how = await child.ended;
  if (stop.aborted) return undefined;
  return problem === undefined ? { why: how, byItself } : { why: problem, byItself: false };
}

/** Startup first, then readiness and liveness side by side. Resolves with the reason for a restart, or undefined once `over`. */
async function probeUntilOver(
  { startup, readiness, liveness }: ProcessPlan,
  over: AbortSignal,
  onReadiness: (problem: string | undefined) => void,
): Promise<string | undefined> {
  const failed = new AbortController();
  const either = AbortSignal.any([over, failed.signal]);
  let reason: string | undefined;
  const fail = (probe: string, problem: string): void => {
    reason = `fails its ${probe} probe (${problem})`;
    failed.abort();
  };
  if (startup !== undefined) {
    const started = new AbortController();
    await watch(startup, AbortSignal.any([either, started.signal]), (problem) => {
      if (problem === undefined) started.abort();
      else fail('startup', problem);
    });
    if (reason !== undefined) return reason;
  }
  const watched = [aborted(either)];
  if (readiness === undefined) onReadiness(undefined);
  else watched.push(watch(readiness, either, onReadiness));
  if (liveness !== undefined) {
    watched.push(
      watch(liveness, either, (problem) => {
        if (problem !== undefined) fail('liveness', problem);
      }),
    );
  }
  await Promise.all(watched);
  return reason;
}
