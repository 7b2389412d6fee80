import { BlockList, isIP } from 'node:net';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { isObject, type Json, type JsonObject } from '../model.js';
import { run } from '../process.js';

/** What runs a local cluster, as far as its kubeconfig tells; it decides how an image gets into the cluster. */
export type Provider =
  { readonly kind: 'minikube' | 'kind' | 'k3d'; readonly name: string } | { readonly kind: 'docker-desktop' | 'other' };

/** A cluster that a kubeconfig names; nothing here has spoken to it. */
export interface Target {
  /** Name of the kubeconfig context. */
  readonly context: string;
  /** URL of the API server. */
  readonly server: string;
  /** On this machine or in its private network. */
  readonly local: boolean;
  readonly provider: Provider;
}

/** The kubeconfig context to use, or the reason why there is none. Throws a Failure when `wanted` is not in the kubeconfig. */
export async function findTarget(
  context: Context,
  kubectl: string,
  wanted?: string,
): Promise<Target | { readonly reason: string }> {
  const select = wanted === undefined ? [] : ['--context', wanted];
  const { code, stdout, stderr } = await run(kubectl, ['config', 'view', '--minify', '-o', 'json', ...select], {
    env: context.env,
  });
  const target = code === 0 ? parseTarget(JSON.parse(stdout) as Json) : undefined;
  if (target !== undefined) return target;
  const said = stderr.trim().replace(/^error: /, '');
  if (wanted !== undefined) {
    throw new Failure(`the kubeconfig has no usable context ${wanted}${said === '' ? '' : `: ${said}`}`, {
      hint: 'kubectl config get-contexts lists the ones there are',
    });
  }
  return { reason: said.includes('current-context must exist') ? 'the kubeconfig has no current context' : said };
}

/** Whether there is any kubeconfig to read: a file of KUBECONFIG, or else the one in the home folder. */
export async function hasKubeconfig(env: NodeJS.ProcessEnv): Promise<boolean> {
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  const files = named.length > 0 ? named : [join(env.HOME ?? homedir(), '.kube', 'config')];
  const found = await Promise.allSettled(files.map((file) => access(file)));
  return found.some(({ status }) => status === 'fulfilled');
}

/** Reads what `kubectl config view --minify -o json` prints; undefined when it names no server. */
export function parseTarget(view: Json): Target | undefined {
  const context = objectAt(view, 'contexts');
  const cluster = objectAt(view, 'clusters');
  const details = isObject(cluster.cluster) ? cluster.cluster : {};
  const [name, clusterName, server] = [context.name, cluster.name, details.server];
  if (typeof name !== 'string' || typeof clusterName !== 'string' || typeof server !== 'string') return undefined;
  // Through a proxy the address means something else than it does here.
  const local = isLocalServer(server) && details['proxy-url'] === undefined;
  return { context: name, server, local, provider: local ? providerOf(name, clusterName, details) : { kind: 'other' } };
}

function objectAt(view: Json, list: string): JsonObject {
  const items = isObject(view) ? view[list] : undefined;
  const first = Array.isArray(items) ? items[0] : undefined;
  return isObject(first) ? first : {};
}

function providerOf(context: string, cluster: string, details: JsonObject): Provider {
  if (context === 'minikube' || JSON.stringify(details.extensions ?? null).includes('"minikube.sigs.k8s.io"')) {
    return { kind: 'minikube', name: cluster };
  }
  const prefixed = /^(kind|k3d)-(.+)$/.exec(cluster);
  if (prefixed?.[2] !== undefined) return { kind: prefixed[1] === 'kind' ? 'kind' : 'k3d', name: prefixed[2] };
  return { kind: context === 'docker-desktop' ? 'docker-desktop' : 'other' };
}

/** Loopback (RFC 1122, RFC 4291), link-local (RFC 3927), private (RFC 1918, RFC 4193); 0.0.0.0 is what k3d writes for this machine. */
const LOCAL_ADDRESSES = new BlockList();
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['0.0.0.0', 32],
] as const) {
  LOCAL_ADDRESSES.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::1', 128],
  ['fe80::', 10],
  ['fc00::', 7],
] as const) {
  LOCAL_ADDRESSES.addSubnet(net, prefix, 'ipv6');
}
const LOCAL_NAMES = ['localhost', 'kubernetes.docker.internal', 'host.docker.internal'];

/**
 * Whether the API server is on this machine or in a private network, by its URL alone. A name that only DNS could resolve is
 * not local, whatever it resolves to today.
 */
export function isLocalServer(server: string): boolean {
  if (!URL.canParse(server)) return false;
  const host = new URL(server).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = isIP(host);
  if (family === 0) return LOCAL_NAMES.includes(host) || host.endsWith('.localhost');
  return LOCAL_ADDRESSES.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
