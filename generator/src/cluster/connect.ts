import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { isObject, type JsonObject } from '../model.js';
import { run } from '../process.js';
import { findKubectl, type Helm } from '../tools.js';
import { findTarget, hasKubeconfig, type Target } from './target.js';

export interface ConnectOptions {
  /** Name of a kubeconfig context. Default: the current one. */
  readonly context?: string | undefined;
  /** Consent to use a cluster that is not local; counts only together with `context`. */
  readonly yes?: boolean | undefined;
}

/** A cluster that answers, and the two programs bound to its context, whatever the current context becomes meanwhile. */
export interface Cluster extends Target {
  /** Runs kubectl and returns what it prints. Throws a Failure with what it says when it refuses. */
  kubectl(...args: string[]): Promise<string>;
  /** The same for `kubectl … -o json`, parsed. */
  kubectlJson(...args: string[]): Promise<JsonObject>;
  /** Runs helm and returns what it prints. Throws a Failure with what it says when it refuses. */
  helm(...args: string[]): Promise<string>;
}

/** How long a cluster may take to answer before it counts as unreachable. */
const REACHABLE_SECONDS = 5;

/**
 * Finds the cluster to use and says which it is before anything is sent to it. Returns the reason when there is none.
 * Throws a Failure when the cluster is not local and its use was not agreed to, or when a context that was named cannot be used.
 */
export async function connect(
  context: Context,
  tools: Helm,
  options: ConnectOptions,
): Promise<Cluster | { readonly reason: string }> {
  const { terminal, env } = context;
  if (options.context === undefined && !(await hasKubeconfig(env))) return { reason: 'there is no kubeconfig' };
  const kubectl = await findKubectl(context).catch((error: unknown) => {
    if (error instanceof Failure && options.context === undefined) return error;
    throw error;
  });
  if (kubectl instanceof Failure) return { reason: kubectl.message };
  const target = await findTarget(context, kubectl, options.context);
  if ('reason' in target) return target;

  assertAllowed(target, options);
  terminal.err(
    `context ${terminal.style.bold(target.context)}, server ${target.server}${target.local ? ' (local)' : ' (NOT local)'}`,
  );

  const unreachable = await whyUnreachable(context, kubectl, target);
  if (unreachable !== undefined) {
    const reason = `the cluster of context ${target.context} does not answer at ${target.server}: ${unreachable}`;
    if (options.context === undefined) return { reason };
    throw new Failure(reason, { hint: `start the cluster, or leave --context away` });
  }
  const text = programRunner(context, kubectl, ['--context', target.context]);
  return {
    ...target,
    kubectl: text,
    kubectlJson: async (...args) => {
      const value: unknown = JSON.parse(await text(...args, '-o', 'json'));
      if (!isObject(value)) throw new Failure(`kubectl ${args.join(' ')} printed no object`);
      return value;
    },
    helm: programRunner(context, tools.helm, ['--kube-context', target.context]),
  };
}

/** The same, for a command that makes no sense without a cluster. */
export async function requireCluster(context: Context, tools: Helm, options: ConnectOptions): Promise<Cluster> {
  const cluster = await connect(context, tools, options);
  if (!('reason' in cluster)) return cluster;
  throw new Failure(`no cluster: ${cluster.reason}`, {
    hint: 'name one with KUBECONFIG or --context; an embedded run ends with Ctrl-C in its own terminal',
  });
}

/** Refuses a cluster that is not local unless it was named and agreed to. */
export function assertAllowed(target: Target, options: ConnectOptions): void {
  if (target.local || (options.yes === true && options.context === target.context)) return;
  throw new Failure(`context ${target.context} is not a local cluster (${target.server}), so it is left alone`, {
    hint: `if you mean it: --context ${target.context} --yes; to run on this machine instead: brolly up --embedded`,
  });
}

async function whyUnreachable(context: Context, kubectl: string, target: Target): Promise<string | undefined> {
  const seconds = `${String(REACHABLE_SECONDS)}s`;
  const args = ['get', '--raw', '/readyz', '--context', target.context, '--request-timeout', seconds];
  try {
    // An exec plugin for credentials may hang before the request starts, so the program has a limit too.
    const { code, stderr } = await run(kubectl, args, { env: context.env, timeout: REACHABLE_SECONDS * 2000 });
    return code === 0 ? undefined : lastLine(stderr);
  } catch {
    return `no answer within ${seconds}`;
  }
}

function programRunner(context: Context, program: string, before: string[]): (...args: string[]) => Promise<string> {
  return async (...args) => {
    const { code, stdout, stderr } = await run(program, [...before, ...args], { cwd: context.root, env: context.env });
    if (code === 0) return stdout;
    throw new Failure(`${program} ${args.slice(0, 2).join(' ')} failed: ${stderr.trim()}`);
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
