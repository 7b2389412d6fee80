import { join } from 'node:path';
import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { connect, type Cluster, type ConnectOptions } from '../cluster/connect.js';
import { provideImages } from '../cluster/image.js';
import { printAddresses } from '../cluster/addresses.js';
import { DEFAULT_RELEASE, installRelease, type Release } from '../cluster/release.js';
import { waitUntilReady } from '../cluster/wait.js';
import { runEmbedded } from '../embedded/run.js';
import { renderManifests } from '../helm.js';
import type { JsonObject, Manifest } from '../model.js';
import { generateEnvironments, type GeneratedEnvironment } from '../pipeline.js';
import { createPlanner } from '../plan.js';
import { count } from '../report.js';
import { loadProject } from '../project.js';
import { findServices } from '../services.js';
import { findHelm, type Helm } from '../tools.js';

export interface UpOptions extends ConnectOptions {
  /** Whose values to run. Default: minikube-ci. */
  readonly environment?: string | undefined;
  /** Default: the environment's namespace for inference. */
  readonly namespace?: string | undefined;
  /** Default: brolly. */
  readonly release?: string | undefined;
  /** Seconds that everything may take to become ready. Default: 300. */
  readonly timeout?: number | undefined;
  /** Run on this machine even if there is a cluster. */
  readonly embedded?: boolean | undefined;
}

const DEFAULT_ENVIRONMENT = 'minikube-ci';
const DEFAULT_TIMEOUT = 300;
/** Argo CD spreads the components over namespaces; one release has only its own, and the others need not even exist. */
const ONE_NAMESPACE: JsonObject = { 'victoria-metrics': { scrape: { namespaces: [] } } };

/**
 * Generates, validates and renders everything, then runs one environment: on the cluster of the context, where there is one
 * that may be used, else on this machine until interrupted. Prints the addresses.
 */
export async function up(context: Context, options: UpOptions): Promise<number> {
  const timeout = options.timeout ?? DEFAULT_TIMEOUT;
  if (!Number.isFinite(timeout) || timeout <= 0) throw new Failure('--timeout must be a number of seconds above 0');
  const helm = await findHelm(context);
  const prepared = await prepare(context, helm, options);
  const { environment, manifests } = prepared;
  const cluster = options.embedded === true ? { reason: '--embedded' } : await connect(context, helm, options);
  if (!('reason' in cluster)) return runOnCluster(context, cluster, helm, prepared, timeout);
  context.terminal.err(`running ${environment.name} on this machine (${cluster.reason})`);
  return runEmbedded(context, manifests, timeout);
}

/** The environment to run. */
interface Prepared {
  /** Absolute path. */
  readonly chart: string;
  readonly environment: GeneratedEnvironment;
  readonly manifests: readonly Manifest[];
  readonly release: Release;
}

/** Everything generated and written, every environment rendered; returns the one to run. */
async function prepare({ root, terminal }: Context, helm: Helm, options: UpOptions): Promise<Prepared> {
  const project = await loadProject(root);
  const environments = generateEnvironments(project);
  const name = options.environment ?? DEFAULT_ENVIRONMENT;
  if (environments.every((one) => one.name !== name)) {
    throw new Failure(`there is no environment "${name}"`, {
      hint: `there are: ${environments.map((one) => one.name).join(', ')}`,
    });
  }
  const { drifts, apply } = await createPlanner(root)([]);
  apply();
  terminal.err(
    `generated and validated ${count(environments.length, 'environment')}, ${count(drifts.length, 'file')} changed`,
  );

  const rendered = await Promise.all(
    environments.map(async (environment) => {
      const namespace = options.namespace ?? environment.environment.namespaces.inference;
      const release = { name: options.release ?? DEFAULT_RELEASE, namespace };
      const manifests = await renderManifests(helm.helm, project, environment, { release: release.name, namespace });
      return { environment, manifests, release };
    }),
  );
  const objects = rendered.map(
    ({ environment, manifests }) => `${environment.name} ${count(manifests.length, 'object')}`,
  );
  terminal.err(`rendered with Helm ${helm.helmVersion}: ${objects.join(', ')}`);
  const chosen = rendered.find(({ environment }) => environment.name === name);
  if (chosen === undefined) throw new Error('the environment is known, and it was not rendered');
  return { chart: join(root, project.chart), ...chosen };
}

async function runOnCluster(
  context: Context,
  cluster: Cluster,
  helm: Helm,
  { chart, environment, manifests, release }: Prepared,
  timeout: number,
): Promise<number> {
  const { terminal, root } = context;
  const images = await provideImages(context, cluster, findServices(root, manifests));
  terminal.err(
    `installing release ${release.name} in namespace ${release.namespace} with the values of ${environment.name}`,
  );
  await installRelease(cluster, helm, release, chart, [environment.values, ONE_NAMESPACE, images]);
  await waitUntilReady(context, cluster, release, timeout);
  terminal.err(terminal.style.green('ready'));
  await printAddresses(context, cluster, release);
  return EXIT.ok;
}
