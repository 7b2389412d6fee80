import { join } from 'node:path';
import { Failure } from '../errors.js';
import { textOf } from '../fields.js';
import { withTempDir, writeAllAtomic } from '../files.js';
import { isObject, type JsonObject } from '../model.js';
import type { Helm } from '../tools.js';
import type { Cluster } from './connect.js';

/** A Helm release: its name and the namespace that holds it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
}

/** The release that `up` makes unless told otherwise. */
export const DEFAULT_RELEASE = 'brolly';

/** States that count as installed; a superseded revision is history. */
const STATES = ['--deployed', '--failed', '--pending', '--uninstalling'];

interface ListedRelease extends Release {
  readonly status: string;
}

/** Releases of a name, in one namespace or in all. */
async function listReleases(cluster: Cluster, name: string, namespace?: string): Promise<ListedRelease[]> {
  const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
  const text = await cluster.helm('list', ...where, ...STATES, '--filter', `^${name}$`, '--output', 'json');
  const listed = JSON.parse(text) as unknown;
  if (!Array.isArray(listed)) throw new Failure('helm list printed no list');
  return listed.filter(isObject).map((item) => ({
    name: textOf(item.name),
    namespace: textOf(item.namespace),
    status: textOf(item.status),
  }));
}

/** The installed release of a name, wherever it is; undefined where there is none. Throws a Failure when there are several. */
export async function findRelease(cluster: Cluster, name: string, namespace?: string): Promise<Release | undefined> {
  const releases = await listReleases(cluster, name, namespace);
  if (releases.length > 1) {
    const places = releases.map((release) => release.namespace).join(', ');
    throw new Failure(`there are ${String(releases.length)} releases ${name}, in ${places}`, {
      hint: 'choose one with --namespace',
    });
  }
  return releases[0];
}

/** Installs the chart, an absolute path, or brings the release up to date; `layers` outrank the values files before them. */
export async function installRelease(
  cluster: Cluster,
  { helmVersion }: Helm,
  { name, namespace }: Release,
  chart: string,
  layers: readonly JsonObject[],
): Promise<void> {
  const [existing] = await listReleases(cluster, name, namespace);
  if (existing?.status.startsWith('pending-') === true) throw interrupted(existing, cluster.context);
  await withTempDir(async (dir) => {
    const files = layers.map((layer, index) => ({ path: `values-${String(index)}.json`, text: JSON.stringify(layer) }));
    writeAllAtomic(dir, files); // JSON is YAML
    const values = files.flatMap(({ path }) => ['--values', join(dir, path)]);
    // Helm 4 applies on the server, where a field that someone else set (kubectl scale) would stop the upgrade.
    const force = helmVersion.startsWith('v3.') ? [] : ['--force-conflicts'];
    await cluster.helm(
      'upgrade',
      name,
      chart,
      '--install',
      '--namespace',
      namespace,
      '--create-namespace',
      ...force,
      ...values,
    );
  });
}

/** Helm refuses to touch a release that an interrupted run left halfway; only a person knows that no other run is at work. */
function interrupted({ name, namespace, status }: ListedRelease, context: string): Failure {
  const where = `--namespace ${namespace} --kube-context ${context}`;
  const mend = status === 'pending-install' ? `helm uninstall ${name} ${where}` : `helm rollback ${name} ${where}`;
  return new Failure(`release ${name} in ${namespace} is ${status}: another run is at work, or one was interrupted`, {
    hint: `when no other run is at work: ${mend}`,
  });
}

/** Removes the release and returns what is left on purpose: claims with data, as `kubectl` names them. */
export async function uninstallRelease(cluster: Cluster, { name, namespace }: Release): Promise<string[]> {
  await cluster.helm('uninstall', name, '--namespace', namespace, '--wait');
  const label = `app.kubernetes.io/instance=${name}`;
  const left = await cluster.kubectl('get', 'pvc', '--namespace', namespace, '--selector', label, '--output', 'name');
  return left.split('\n').filter((line) => line !== '');
}
