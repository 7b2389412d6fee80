import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calls, fakeContext, fakeProgram, temporaryFolder } from '../../test/fakes.js';
import type { JsonObject, Manifest } from '../model.js';
import { findServices } from '../services.js';
import type { Cluster } from './connect.js';
import { hashContext, imageBuilder, provideImages } from './image.js';
import type { Provider } from './target.js';

/** A Git repository with one service and a Deployment of it. */
async function project(): Promise<{ root: string; manifests: Manifest[] }> {
  const root = await temporaryFolder();
  await mkdir(join(root, 'services/inference'), { recursive: true });
  await writeFile(join(root, 'services/inference/main.js'), 'one');
  await writeFile(join(root, '.gitignore'), 'ignored\n');
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  const containers = [{ name: 'inference', image: 'ghcr.io/brolly/inference:abc@sha256:def' }];
  const metadata = { name: 'trial' };
  return {
    root,
    manifests: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers } } } }],
  };
}

function cluster(provider: Provider, images: string[] = []): Cluster {
  const nodes: JsonObject = { items: [{ status: { images: [{ names: images }] } }] };
  const never = (): Promise<string> => Promise.reject(new Error('not asked for'));
  const target = { context: 'trial', server: 'https://127.0.0.1', local: true, provider };
  return { ...target, kubectl: never, helm: never, kubectlJson: () => Promise.resolve(nodes) };
}

describe('imageBuilder', () => {
  const image = 'ghcr.io/brolly/inference:local-1';
  const docker = `docker build -t ${image} -f services/inference/Dockerfile .`;
  it.each<[Provider, string | undefined, string[] | undefined]>([
    [
      { kind: 'minikube', name: 'trial' },
      undefined,
      [`minikube -p trial image build --all -t ${image} -f services/inference/Dockerfile .`],
    ],
    [{ kind: 'kind', name: 'dev' }, undefined, [docker, `kind load docker-image ${image} --name dev`]],
    [{ kind: 'k3d', name: 'dev' }, undefined, [docker, `k3d image import ${image} -c dev`]],
    [{ kind: 'docker-desktop' }, undefined, [docker]],
    [{ kind: 'other' }, undefined, undefined],
    [{ kind: 'other' }, '', undefined],
    [
      { kind: 'other' },
      ' ../cluster  build-image ',
      [`../cluster build-image ${image} . services/inference/Dockerfile`],
    ],
    [{ kind: 'kind', name: 'dev' }, 'mine', [`mine ${image} . services/inference/Dockerfile`]],
  ])('%j with BROLLY_BUILD_IMAGE=%s', (provider, custom, expected) => {
    expect(imageBuilder('inference', provider, custom)?.(image).map((words) => words.join(' '))).toEqual(expected);
  });
});

describe('hashContext', () => {
  it('follows every file that can reach the image, committed or not, and no other', async () => {
    const { root } = await project();
    const first = await hashContext(root, 'inference');
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    await writeFile(join(root, 'services/inference/ignored'), 'x');
    await writeFile(join(root, 'README.md'), 'x');
    expect(await hashContext(root, 'inference')).toBe(first);
    await writeFile(join(root, 'package-lock.json'), '{}');
    const second = await hashContext(root, 'inference');
    expect(second).not.toBe(first);
    execFileSync('git', ['add', '--all'], { cwd: root });
    expect(await hashContext(root, 'inference')).toBe(second);
    await rm(join(root, 'package-lock.json')); // still in the index
    expect(await hashContext(root, 'inference')).toBe(first);
  });

  it('fails outside a Git repository', async () => {
    await expect(hashContext(await temporaryFolder(), 'inference')).rejects.toThrow('git cannot list the files');
  });
});

describe('provideImages', () => {
  it('builds, loads and names the image in the values', async () => {
    const { root, manifests } = await project();
    await fakeProgram(root, 'docker');
    await fakeProgram(root, 'kind');
    const context = fakeContext(root);
    const workloads = findServices(root, manifests);
    const tag = `local-${await hashContext(root, 'inference')}`;
    expect(await provideImages(context, cluster({ kind: 'kind', name: 'dev' }), workloads)).toEqual({
      inference: { image: { tag, digest: '', pullPolicy: 'IfNotPresent' } },
    });
    expect(await calls(root)).toEqual([
      `docker build -t ghcr.io/brolly/inference:${tag} -f services/inference/Dockerfile .`,
      `kind load docker-image ghcr.io/brolly/inference:${tag} --name dev`,
    ]);
    expect(context.lines.join('\n')).toContain(`image ghcr.io/brolly/inference:${tag}: building it`);
  });

  it('builds nothing that every node has', async () => {
    const { root, manifests } = await project();
    const context = fakeContext(root);
    const image = `ghcr.io/brolly/inference:local-${await hashContext(root, 'inference')}`;
    const values = await provideImages(
      context,
      cluster({ kind: 'docker-desktop' }, [image]),
      findServices(root, manifests),
    );
    expect(Object.keys(values)).toEqual(['inference']);
    expect(context.lines.join('\n')).toContain('on every node');
  });

  it('keeps the published image where there is no way to load one, and says so', async () => {
    const { root, manifests } = await project();
    const context = fakeContext(root);
    expect(await provideImages(context, cluster({ kind: 'other' }), findServices(root, manifests))).toEqual({});
    expect(context.lines.join('\n')).toContain('image ghcr.io/brolly/inference:abc@sha256:def: the published one');
  });

  it('shows what a failed build said', async () => {
    const { root, manifests } = await project();
    const program = await fakeProgram(root, 'mine', `console.error('no space left'); process.exit(3);`);
    const context = fakeContext(root, { BROLLY_BUILD_IMAGE: program });
    await expect(provideImages(context, cluster({ kind: 'other' }), findServices(root, manifests))).rejects.toThrow(
      /ended with 3:\s+no space left/,
    );
  });

  it('says what to do when the program is not there', async () => {
    const { root, manifests } = await project();
    const context = fakeContext(root, { PATH: '/nowhere', BROLLY_BUILD_IMAGE: 'no-such-program' });
    await expect(
      provideImages(context, cluster({ kind: 'other' }), findServices(root, manifests)),
    ).rejects.toMatchObject({ hint: expect.stringContaining('BROLLY_BUILD_IMAGE') as string });
  });
});
