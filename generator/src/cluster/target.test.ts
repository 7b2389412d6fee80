import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeContext, fakeProgram, temporaryFolder } from '../../test/fakes.js';
import type { JsonObject } from '../model.js';
import { findTarget, hasKubeconfig, isLocalServer, parseTarget } from './target.js';

describe('isLocalServer', () => {
  it.each([
    'https://127.0.0.1:6443',
    'https://127.9.9.9:6443',
    'https://localhost:6443',
    'https://kind.localhost',
    'https://0.0.0.0:45123',
    'https://[::1]:6443',
    'https://[fe80::1]:6443',
    'https://[fd12:3456::1]:6443',
    'https://[::ffff:192.168.1.2]:6443',
    'https://10.99.0.1:6443',
    'https://172.16.0.1',
    'https://172.31.255.255',
    'https://192.168.49.2:8443',
    'https://169.254.10.1',
    'https://kubernetes.docker.internal:6443',
    'https://host.docker.internal:6443',
    'HTTPS://LOCALHOST.:6443',
  ])('%s is local', (server) => {
    expect(isLocalServer(server)).toBe(true);
  });

  it.each([
    'https://8.8.8.8:6443',
    'https://172.15.0.1',
    'https://172.32.0.1',
    'https://192.169.0.1',
    'https://100.64.0.1',
    'https://11.0.0.1',
    'https://[2001:db8::1]:6443',
    'https://[::ffff:8.8.8.8]:6443',
    'https://cluster.example.com',
    'https://localhost.example.com',
    'https://10.0.0.1.example.com',
    'https://minikube',
    'https://127.0.0.1@example.com',
    '127.0.0.1:6443',
    '',
  ])('%s is not', (server) => {
    expect(isLocalServer(server)).toBe(false);
  });
});

const view = (context: string, cluster: string, details: JsonObject = {}): JsonObject => ({
  contexts: [{ name: context, context: { cluster, user: 'me' } }],
  clusters: [{ name: cluster, cluster: { server: 'https://127.0.0.1:6443', ...details } }],
});

describe('parseTarget', () => {
  it.each([
    [view('minikube', 'minikube'), { kind: 'minikube', name: 'minikube' }],
    [
      view('trial', 'trial', {
        extensions: [{ name: 'cluster_info', extension: { provider: 'minikube.sigs.k8s.io' } }],
      }),
      { kind: 'minikube', name: 'trial' },
    ],
    [view('kind-dev', 'kind-dev'), { kind: 'kind', name: 'dev' }],
    [view('renamed', 'kind-a-b'), { kind: 'kind', name: 'a-b' }],
    [view('k3d-k3s-default', 'k3d-k3s-default'), { kind: 'k3d', name: 'k3s-default' }],
    [view('docker-desktop', 'docker-desktop'), { kind: 'docker-desktop' }],
    [view('local', 'local'), { kind: 'other' }],
  ])('knows what runs the cluster (%#)', (config, provider) => {
    expect(parseTarget(config)).toMatchObject({ local: true, provider });
  });

  it('trusts no name: a minikube elsewhere is neither local nor given images', () => {
    const target = parseTarget(view('minikube', 'minikube', { server: 'https://203.0.113.7:8443' }));
    expect(target).toMatchObject({ local: false, provider: { kind: 'other' } });
  });

  it('takes a cluster behind a proxy for a remote one: its address is one of the far side', () => {
    expect(parseTarget(view('a', 'a', { 'proxy-url': 'http://proxy:3128' }))).toMatchObject({ local: false });
  });

  it.each([{}, null, { contexts: [], clusters: null }, { contexts: [{ name: 'a' }], clusters: [{ name: 'a' }] }])(
    'finds no target in %j',
    (config) => {
      expect(parseTarget(config)).toBeUndefined();
    },
  );
});

describe('findTarget', () => {
  it('says that there is no current context', async () => {
    const root = await temporaryFolder();
    await fakeProgram(
      root,
      'kubectl',
      `console.error('error: current-context must exist in order to minify'); process.exit(1);`,
    );
    expect(await findTarget(fakeContext(root), 'kubectl')).toEqual({ reason: 'the kubeconfig has no current context' });
  });

  it('fails for a context that was named and is not there', async () => {
    const root = await temporaryFolder();
    await fakeProgram(root, 'kubectl', `console.error('error: cannot locate context nope'); process.exit(1);`);
    await expect(findTarget(fakeContext(root), 'kubectl', 'nope')).rejects.toThrow(
      'the kubeconfig has no usable context nope: cannot locate context nope',
    );
  });

  it('reads the context that was named', async () => {
    const root = await temporaryFolder();
    await fakeProgram(root, 'kubectl', `console.log(${JSON.stringify(JSON.stringify(view('kind-x', 'kind-x')))});`);
    expect(await findTarget(fakeContext(root), 'kubectl', 'kind-x')).toEqual({
      context: 'kind-x',
      server: 'https://127.0.0.1:6443',
      local: true,
      provider: { kind: 'kind', name: 'x' },
    });
  });
});

describe('hasKubeconfig', () => {
  it('looks at every file of KUBECONFIG, and else in the home folder', async () => {
    const root = await temporaryFolder();
    const file = join(root, 'config');
    await writeFile(file, '');
    expect(await hasKubeconfig({ KUBECONFIG: `/nowhere:${file}` })).toBe(true);
    expect(await hasKubeconfig({ KUBECONFIG: '/nowhere' })).toBe(false);
    expect(await hasKubeconfig({ KUBECONFIG: '', HOME: root })).toBe(false);
  });
});
