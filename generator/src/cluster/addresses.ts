import type { Context } from '../context.js';
import { objectIn, objectsIn, textOf } from '../fields.js';
import type { JsonObject } from '../model.js';
import { exampleOf } from '../services.js';
import type { Cluster } from './connect.js';
import type { Release } from './release.js';

/** How to reach a Service from this machine: a URL, and the command that has to run for it, if any. */
export interface Address {
  readonly service: string;
  /** Subchart that made it. */
  readonly chart: string;
  readonly url: string;
  readonly command?: string;
}

/** Every Service of the release: by its node port where it has one, else by `kubectl port-forward`. */
export async function readAddresses(cluster: Cluster, release: Release): Promise<Address[]> {
  const label = `app.kubernetes.io/instance=${release.name}`;
  const services = await cluster.kubectlJson('get', 'services', '--namespace', release.namespace, '--selector', label);
  const host = await nodeHost(cluster);
  return objectsIn(services, 'items').flatMap((service) => toAddress(service, cluster.context, host));
}

/** Prints every address, and commands to try it with. */
export async function printAddresses({ terminal }: Context, cluster: Cluster, release: Release): Promise<void> {
  for (const { service, chart, url, command } of await readAddresses(cluster, release)) {
    terminal.out(`${service}  ${url}${command === undefined ? '' : `  while this runs: ${command}`}`);
    for (const example of exampleOf(chart, url)) terminal.out(`  ${example}`);
  }
}

/** Undefined where nobody may list nodes or none has an address. */
async function nodeHost(cluster: Cluster): Promise<string | undefined> {
  if (cluster.provider.kind === 'docker-desktop') return 'localhost'; // it forwards node ports; its node has no address here
  const nodes = await cluster.kubectlJson('get', 'nodes').catch((): JsonObject => ({})); // many users may not list nodes
  const addresses = objectsIn(nodes, 'items').flatMap((node) => objectsIn(objectIn(node, 'status'), 'addresses'));
  const kinds = cluster.local ? ['InternalIP'] : ['ExternalIP', 'InternalIP'];
  const found = kinds.flatMap((kind) => addresses.filter(({ type }) => type === kind))[0];
  return typeof found?.address === 'string' ? found.address : undefined;
}

/** One address for the first port of a Service, or none for a headless one, which only pods use. */
export function toAddress(service: JsonObject, context: string, host: string | undefined): Address[] {
  const metadata = objectIn(service, 'metadata');
  const [name, namespace] = [textOf(metadata.name), textOf(metadata.namespace)];
  const chart = textOf(objectIn(metadata, 'labels')['app.kubernetes.io/name']);
  const spec = objectIn(service, 'spec');
  const [port] = objectsIn(spec, 'ports');
  if (port === undefined || spec.clusterIP === 'None') return [];
  if (typeof port.nodePort === 'number' && host !== undefined) {
    const inUrl = host.includes(':') ? `[${host}]` : host;
    return [{ service: name, chart, url: `http://${inUrl}:${String(port.nodePort)}` }];
  }
  const local = textOf(port.port);
  const command = `kubectl --context ${context} --namespace ${namespace} port-forward service/${name} ${local}`;
  return [{ service: name, chart, url: `http://localhost:${local}`, command }];
}
