import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { objectIn, objectsIn, textOf } from '../fields.js';
import type { JsonObject } from '../model.js';
import { run } from '../process.js';
import type { ServiceWorkload } from '../services.js';
import type { Cluster } from './connect.js';
import type { Provider } from './target.js';

/** Programs to start one after the other, each with its arguments. */
type Commands = readonly (readonly [string, ...string[]])[];

/**
 * Builds the image of each service from its Dockerfile and brings it into the cluster, where there is a way to. Returns the
 * values that make the release run what was built; empty where the published images are used. Says which image is used and why.
 */
export async function provideImages(
  context: Context,
  cluster: Cluster,
  workloads: readonly ServiceWorkload[],
): Promise<JsonObject> {
  const { env, terminal } = context;
  const values: JsonObject = {};
  for (const { service, repository, container } of workloads) {
    const commandsFor = imageBuilder(service, cluster.provider, env.BROLLY_BUILD_IMAGE);
    if (commandsFor === undefined) {
      terminal.err(
        `image ${textOf(container.image)}: the published one; no way is known to load one into this cluster`,
      );
      terminal.err(
        `  to build it from the sources: name a command in BROLLY_BUILD_IMAGE, called with IMAGE CONTEXT DOCKERFILE`,
      );
      continue;
    }
    const tag = `local-${await hashContext(context.root, service)}`;
    const image = `${repository}:${tag}`;
    values[service] = { image: { tag, digest: '', pullPolicy: 'IfNotPresent' } };
    if (await isOnEveryNode(cluster, image)) {
      terminal.err(`image ${image}: built from these sources before, and on every node`);
      continue;
    }
    const commands = commandsFor(image);
    const programs = commands.map(([program]) => program).join(' and ');
    terminal.err(`image ${image}: building it from services/${service}/Dockerfile with ${programs}`);
    for (const command of commands) await runBuild(context, command);
  }
  return values;
}

/**
 * Gives the commands that build an image of a service and bring it into a cluster; undefined where none are known.
 * `custom` is the command of BROLLY_BUILD_IMAGE, which outranks the provider's own.
 */
export function imageBuilder(
  service: string,
  provider: Provider,
  custom?: string,
): ((image: string) => Commands) | undefined {
  const dockerfile = `services/${service}/Dockerfile`;
  const [program, ...words] = (custom ?? '').split(/\s+/).filter((word) => word !== '');
  if (program !== undefined) return (image) => [[program, ...words, image, '.', dockerfile]];
  const options = (image: string): string[] => ['-t', image, '-f', dockerfile, '.'];
  switch (provider.kind) {
    case 'minikube':
      return (image) => [['minikube', '-p', provider.name, 'image', 'build', '--all', ...options(image)]];
    case 'kind':
      return (image) => [
        ['docker', 'build', ...options(image)],
        ['kind', 'load', 'docker-image', image, '--name', provider.name],
      ];
    case 'k3d':
      return (image) => [
        ['docker', 'build', ...options(image)],
        ['k3d', 'image', 'import', image, '-c', provider.name],
      ];
    case 'docker-desktop':
      return (image) => [['docker', 'build', ...options(image)]];
    case 'other':
      return undefined;
  }
}

/** The files that a Dockerfile of ours can see of the repository: its service, and how npm installs it. */
const contextPaths = (service: string): string[] => [
  `services/${service}`,
  ...[
    'package.json',
    '*/package.json',
    'package-lock.json',
    '.npmrc',
    '.dockerignore',
    'tsconfig.base.json',
    'tsconfig.json',
  ],
];

/** Twelve hexadecimal digits over names and bytes of the files that the image is built from, committed or not. */
export async function hashContext(root: string, service: string): Promise<string> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...contextPaths(service)];
  const { code, stdout, stderr } = await run('git', args, { cwd: root });
  if (code !== 0) throw new Failure(`git cannot list the files of services/${service}: ${stderr.trim()}`);
  const hash = createHash('sha256');
  for (const path of [...new Set(stdout.split('\0'))].filter((path) => path !== '').sort()) {
    const bytes = await readFile(join(root, path)).catch((error: unknown) => {
      if (isMissing(error)) return undefined; // removed, but not yet so in the index
      throw error;
    });
    if (bytes !== undefined) hash.update(`${path}\0${String(bytes.length)}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** By what the nodes report, which may leave an image out but names none that is not there. */
async function isOnEveryNode(cluster: Cluster, image: string): Promise<boolean> {
  const nodes = objectsIn(await cluster.kubectlJson('get', 'nodes'), 'items');
  const has = (node: JsonObject): boolean =>
    objectsIn(objectIn(node, 'status'), 'images').some(({ names }) => Array.isArray(names) && names.includes(image));
  return nodes.length > 0 && nodes.every(has);
}

async function runBuild(context: Context, [program, ...args]: readonly [string, ...string[]]): Promise<void> {
  const { terminal, root, env } = context;
  const options = {
    cwd: root,
    env,
    onOutput: (text: string) => {
      const line = text.trim().split('\n').at(-1) ?? '';
      if (terminal.isTTY && line !== '') terminal.status(terminal.style.dim(`  ${line}`));
    },
  };
  const hint = 'BROLLY_BUILD_IMAGE can name another command; it is called with IMAGE CONTEXT DOCKERFILE';
  const { code, stdout, stderr } = await run(program, args, options).catch((cause: unknown) => {
    throw new Failure(`${program} could not be started to build the image`, { hint, cause });
  });
  if (code === 0) return;
  const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n  ');
  throw new Failure(`${[program, ...args].join(' ')} ended with ${String(code)}:\n  ${words}`, { hint });
}
