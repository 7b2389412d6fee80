import { join } from 'node:path';
import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { exists, readText, withTempDir } from '../files.js';
import { isObject, type Manifest } from '../model.js';
import { exampleOf, findServices } from '../services.js';
import { startChild, type ChildOptions } from './child.js';
import { interruptible, type Stop } from './interrupt.js';
import { placeMounts } from './mounts.js';
import { planProcess, type ProcessPlan } from './plan.js';
import { assertPortsFree } from './ports.js';
import { supervise } from './supervise.js';

/**
 * Runs a rendered release on this machine: each workload of ours as one process with the environment, arguments,
 * configuration files and probes of its manifest. Prints the addresses once all are ready, and returns 0 when interrupted.
 * Nothing that it started is left when it ends, however it ends. Throws a Failure when a manifest asks for something that
 * only a cluster has, a port is taken, a process does not start, or not all are ready within `timeout` seconds.
 */
export async function runEmbedded(context: Context, manifests: readonly Manifest[], timeout: number): Promise<number> {
  const { root, terminal } = context;
  const workloads = findServices(root, manifests);
  const problems: string[] = [];
  const plans = workloads.map((workload) => planProcess(workload, manifests, problems));
  if (plans.length === 0) throw new Failure('the release has no workload of ours, so there is nothing to run here');
  if (problems.length > 0) {
    throw new Failure(`the release asks for what an embedded run does not have:\n  ${problems.join('\n  ')}`, {
      hint: 'run it on a cluster: set KUBECONFIG or --context',
    });
  }
  const programs = await Promise.all(plans.map(async (plan) => ({ plan, script: await scriptOf(root, plan.service) })));
  await assertPortsFree(plans);
  announce(context, plans, manifests);
  await interruptible(context.signal, async (stop) => {
    stop.signal.addEventListener('abort', () => {
      terminal.err('stopping: requests under way are finished first; Ctrl-C again ends it at once');
    });
    await withTempDir((dir) => runAll(context, programs, dir, timeout, stop));
    terminal.err('stopped; nothing is left running');
  });
  return EXIT.ok;
}

interface Program {
  readonly plan: ProcessPlan;
  /** Absolute path of what Node.js runs. */
  readonly script: string;
}

/** Runs every program until `stop`. The first that fails stops the others, and only when all have ended is its error thrown. */
async function runAll(
  context: Context,
  programs: readonly Program[],
  dir: string,
  timeout: number,
  stop: Stop,
): Promise<void> {
  const { root, terminal } = context;
  const plans = programs.map(({ plan }) => plan);
  const ready = whenAllReady(plans, timeout, stop, () => {
    printAddresses(context, plans);
  });
  const runOne = async ({ plan, script }: Program): Promise<void> => {
    const { name, service } = plan;
    const { args, env } = await placeMounts(plan, join(dir, name));
    const options: ChildOptions = {
      cwd: join(root, 'services', service),
      env: { HOSTNAME: `${name}-0`, ...env },
      onLine: (line) => {
        terminal.err(`${terminal.style.dim(`${name} |`)} ${line}`);
      },
    };
    await supervise(plan, {
      start: () => startChild(script, args, options),
      say: (text) => {
        terminal.err(terminal.style.yellow(text));
      },
      onReadiness: (problem) => {
        ready.report(name, problem);
      },
      stop: stop.signal,
      hurry: stop.hurry,
    });
  };
  const ended = await Promise.allSettled(
    programs.map((program) =>
      runOne(program).catch((error: unknown) => {
        stop.now();
        throw error;
      }),
    ),
  );
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  ready.check();
}

/** Absolute path of the program that the image of a service starts. */
async function scriptOf(root: string, service: string): Promise<string> {
  const folder = `services/${service}`;
  const manifest = JSON.parse(await readText(root, `${folder}/package.json`)) as unknown;
  const main = isObject(manifest) && typeof manifest.main === 'string' ? manifest.main : 'index.js';
  if (await exists(root, `${folder}/${main}`)) return join(root, folder, main);
  throw new Failure(`${folder}/${main} is not there`, { hint: 'build it: npm run build' });
}

/** Kinds that run pods. */
const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

function announce({ terminal }: Context, plans: readonly ProcessPlan[], manifests: readonly Manifest[]): void {
  for (const { name, replicas } of plans) {
    const instead = replicas > 1 ? `, where a cluster runs ${String(replicas)} pods` : '';
    terminal.err(`${name}: one process on this machine${instead}; limits of processor and memory do not hold here`);
  }
  const others = manifests.filter(
    ({ kind, metadata }) => WORKLOAD_KINDS.includes(kind) && plans.every(({ name }) => name !== metadata.name),
  );
  if (others.length > 0) {
    terminal.err(`not run here, only on a cluster: ${others.map(({ metadata }) => metadata.name).join(', ')}`);
  }
}

interface Readiness {
  report(name: string, problem: string | undefined): void;
  /** Throws when the time was over before all were ready. */
  check(): void;
}

/** Calls `then` once, as soon as all are ready; stops everything when that takes longer than `timeout` seconds. */
function whenAllReady(plans: readonly ProcessPlan[], timeout: number, stop: Stop, then: () => void): Readiness {
  const waiting = new Map(plans.map(({ name }) => [name, 'no answer yet']));
  let late: Failure | undefined;
  let all = false;
  const limit = setTimeout(() => {
    const what = [...waiting].map(([name, problem]) => `${name} (${problem})`).join(', ');
    late = new Failure(`not ready within ${String(timeout)} s: ${what}`);
    stop.now();
  }, timeout * 1000);
  stop.signal.addEventListener('abort', () => {
    clearTimeout(limit);
  });
  return {
    report(name, problem) {
      if (all) return;
      if (problem === undefined) waiting.delete(name);
      else waiting.set(name, problem);
      if (waiting.size > 0) return;
      all = true;
      clearTimeout(limit);
      then();
    },
    check() {
      if (late !== undefined) throw late;
    },
  };
}

function printAddresses({ terminal }: Context, plans: readonly ProcessPlan[]): void {
  terminal.err(terminal.style.green('ready'));
  for (const { name, service, ports } of plans) {
    for (const { name: kind, port } of ports) {
      const url = `${kind === 'grpc' ? 'grpc' : 'http'}://localhost:${String(port)}`;
      terminal.out(`${name}  ${url}`);
      if (kind === 'http') for (const example of exampleOf(service, url)) terminal.out(`  ${example}`);
    }
  }
  terminal.out('Ctrl-C ends it');
}
