import { requireCluster, type ConnectOptions } from '../cluster/connect.js';
import { DEFAULT_RELEASE, findRelease, uninstallRelease } from '../cluster/release.js';
import type { Context } from '../context.js';
import { EXIT } from '../errors.js';
import { findHelm } from '../tools.js';

export interface DownOptions extends ConnectOptions {
  /** Default: wherever the release is. */
  readonly namespace?: string | undefined;
  /** Default: brolly. */
  readonly release?: string | undefined;
}

/** Removes the release from the cluster and says what stays there. A release that is not there is no failure. */
export async function down(context: Context, options: DownOptions): Promise<number> {
  const { terminal } = context;
  const cluster = await requireCluster(context, await findHelm(context), options);
  const name = options.release ?? DEFAULT_RELEASE;
  const release = await findRelease(cluster, name, options.namespace);
  if (release === undefined) {
    terminal.out(`there is no release ${name}${options.namespace === undefined ? '' : ` in ${options.namespace}`}`);
    return EXIT.ok;
  }
  const { namespace } = release;
  terminal.err(`removing release ${name} from namespace ${namespace}`);
  const claims = await uninstallRelease(cluster, release);
  terminal.out(`removed release ${name}`);
  terminal.out(`left in place: namespace ${namespace}${claims.map((claim) => `, ${claim}`).join('')}`);
  if (claims.length > 0) {
    const remove = `kubectl --context ${cluster.context} --namespace ${namespace} delete ${claims.join(' ')}`;
    terminal.out(`  the claims hold data; to remove them: ${remove}`);
  }
  return EXIT.ok;
}
