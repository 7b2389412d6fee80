import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { hashContext } from '../generator/dist/cluster/image.js';
import { IMAGE, REPOSITORY, brolly, git, kubectl, sh } from './cluster.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A clone of this repository whose environments run the image built here and whose Argo CD reads a repository it can reach. */
    platform: string;
  }
}

/** Builds and loads the image, and prepares the repository that the cluster is installed from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.KUBECONFIG === undefined) throw new Error('set KUBECONFIG: these tests need a cluster');
  const nodes = await kubectl('get', 'nodes', '--output=name');
  console.log(
    `cluster: ${(await kubectl('config', 'current-context')).trim()}, ${nodes.trim().split('\n').join(', ')}`,
  );

  const build = process.env.BROLLY_BUILD_IMAGE;
  if (build === undefined)
    throw new Error('set BROLLY_BUILD_IMAGE to a command that builds NAME CONTEXT DOCKERFILE and loads it');
  const [program = '', ...words] = build.split(' ');
  const buildImage = (tag: string, context: string, dockerfile: string): Promise<string> =>
    sh(program, [...words, `${IMAGE.repository}:${tag}`, context, join(context, dockerfile)]);
  // Under the name that `brolly up` looks for before it builds, and then, by a name more, under that of the chart's default.
  const local = `local-${await hashContext(REPOSITORY, 'inference')}`;
  await buildImage(local, REPOSITORY, 'services/inference/Dockerfile');
  const alias = await mkdtemp(join(tmpdir(), 'brolly-image-'));
  await writeFile(join(alias, 'Dockerfile'), `FROM ${IMAGE.repository}:${local}\n`);
  await buildImage(IMAGE.tag, alias, 'Dockerfile');
  await rm(alias, { recursive: true });

  const platform = await mkdtemp(join(tmpdir(), 'brolly-platform-'));
  const files = (await git(REPOSITORY, 'ls-files', '--cached', '--others', '--exclude-standard')).trim().split('\n');
  for (const file of files) await cp(join(REPOSITORY, file), join(platform, file), { recursive: true });
  await cp(join(REPOSITORY, 'generator/dist'), join(platform, 'generator/dist'), { recursive: true });
  await git(platform, 'init', '--quiet', '--initial-branch=main');
  for (const name of ['minikube-ci', 'k3s-hetzner']) {
    await brolly(['image', name, 'inference', '--tag', IMAGE.tag], { cwd: platform });
  }
  project.provide('platform', platform);
  return () => rm(platform, { recursive: true, force: true });
}
