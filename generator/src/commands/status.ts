import { printAddresses, readAddresses } from '../cluster/addresses.js';
import { requireCluster, type ConnectOptions } from '../cluster/connect.js';
import { DEFAULT_RELEASE, findRelease } from '../cluster/release.js';
import { describeWorkload, readWorkloads } from '../cluster/workloads.js';
import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { findHelm } from '../tools.js';

export interface StatusOptions extends ConnectOptions {
  /** Default: wherever the release is. */
  readonly namespace?: string | undefined;
  /** Default: brolly. */
  readonly release?: string | undefined;
  readonly format?: 'text' | 'json' | undefined;
}

/** Prints how far each workload of the release is, and the addresses. Exit code 1 when something is not ready. */
export async function status(context: Context, options: StatusOptions): Promise<number> {
  const { terminal } = context;
  const cluster = await requireCluster(context, await findHelm(context), options);
  const name = options.release ?? DEFAULT_RELEASE;
  const release = await findRelease(cluster, name, options.namespace);
  if (release === undefined) throw new Failure(`there is no release ${name}`, { hint: 'brolly up installs it' });
  const workloads = await readWorkloads(cluster, release);
  const ready = workloads.every(({ done }) => done);
  if (options.format === 'json') {
    const addresses = await readAddresses(cluster, release);
    const { context: kubeContext, server } = cluster;
    terminal.out(JSON.stringify({ context: kubeContext, server, release, ready, workloads, addresses }, null, 2));
  } else {
    const { green, yellow } = terminal.style;
    for (const workload of workloads) {
      terminal.out(`${workload.done ? green('ready') : yellow('not ready')}  ${describeWorkload(workload)}`);
    }
    await printAddresses(context, cluster, release);
  }
  return ready ? EXIT.ok : EXIT.findings;
}
