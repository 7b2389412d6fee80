import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calls, fakeContext, fakeProgram, temporaryFolder, type FakeContext } from '../../test/fakes.js';
import { connect, requireCluster, type ConnectOptions } from './connect.js';

const HELM = { helm: 'helm', helmVersion: 'v4.1.4' };

/** A kubeconfig with one cluster, and a kubectl that answers for it. */
async function withCluster(server: string, reachable = true): Promise<FakeContext> {
  const root = await temporaryFolder();
  await writeFile(join(root, 'kubeconfig'), '');
  const view = JSON.stringify({
    contexts: [{ name: 'trial', context: {} }],
    clusters: [{ name: 'trial', cluster: { server } }],
  });
  await fakeProgram(
    root,
    'kubectl',
    `if (args[0] === 'config') console.log(${JSON.stringify(view)});
     if (args[0] === 'get' && args[1] === '--raw' && ${String(!reachable)}) { console.error('dial tcp: refused'); process.exit(1); }
     if (args.includes('pods')) console.log('{"items":[]}');
     if (args.includes('secrets')) { console.error('forbidden'); process.exit(1); }`,
  );
  await fakeProgram(root, 'helm', `console.log('ok');`);
  return fakeContext(root, { KUBECONFIG: join(root, 'kubeconfig') });
}

const contacts = async ({ root }: FakeContext): Promise<string[]> =>
  (await calls(root)).filter((call) => !/^kubectl (version|config)/.test(call));

describe('connect', () => {
  it('says which context and server it uses before it sends anything', async () => {
    const context = await withCluster('https://127.0.0.1:6443');
    const cluster = await connect(context, HELM, {});
    expect(context.lines[0]).toBe('context trial, server https://127.0.0.1:6443 (local)');
    expect(cluster).toMatchObject({ context: 'trial', local: true });
  });

  it.each<[string, ConnectOptions]>([
    ['nothing agreed to', {}],
    ['--yes without a context', { yes: true }],
    ['a context without --yes', { context: 'trial' }],
  ])('leaves a cluster that is not local alone: %s', async (_name, options) => {
    const context = await withCluster('https://203.0.113.1:6443');
    await expect(connect(context, HELM, options)).rejects.toMatchObject({
      message: 'context trial is not a local cluster (https://203.0.113.1:6443), so it is left alone',
      hint: expect.stringContaining('--context trial --yes') as string,
    });
    expect(await contacts(context)).toEqual([]);
  });

  it('uses a cluster that is not local when it was named and agreed to', async () => {
    const context = await withCluster('https://203.0.113.1:6443');
    await connect(context, HELM, { context: 'trial', yes: true });
    expect(context.lines[0]).toContain('(NOT local)');
    expect(await contacts(context)).toEqual(['kubectl get --raw /readyz --context trial --request-timeout 5s']);
  });

  it('binds kubectl and helm to the context', async () => {
    const context = await withCluster('https://127.0.0.1:6443');
    const cluster = await requireCluster(context, HELM, {});
    expect(await cluster.kubectlJson('get', 'pods')).toEqual({ items: [] });
    expect(await cluster.helm('list')).toBe('ok\n');
    expect((await contacts(context)).slice(1)).toEqual([
      'kubectl --context trial get pods -o json',
      'helm --kube-context trial list',
    ]);
    await expect(cluster.kubectl('get', 'secrets')).rejects.toThrow('kubectl get secrets failed: forbidden');
  });

  it('gives the reason when the current cluster does not answer, and fails when it was named', async () => {
    const context = await withCluster('https://127.0.0.1:6443', false);
    const reason = 'the cluster of context trial does not answer at https://127.0.0.1:6443: dial tcp: refused';
    expect(await connect(context, HELM, {})).toEqual({ reason });
    await expect(connect(context, HELM, { context: 'trial' })).rejects.toThrow(reason);
    await expect(requireCluster(context, HELM, {})).rejects.toThrow(`no cluster: ${reason}`);
  });

  it('has a reason to go on without a cluster when there is no kubectl, and fails when a context was named', async () => {
    const context = await withCluster('https://127.0.0.1:6443');
    const without = { ...context, env: { ...context.env, KUBECTL: '/no/kubectl' } };
    expect(await connect(without, HELM, {})).toEqual({ reason: 'KUBECTL names /no/kubectl, which does not run' });
    await expect(connect(without, HELM, { context: 'trial' })).rejects.toThrow('KUBECTL names /no/kubectl');
  });

  it('starts no program where there is no kubeconfig', async () => {
    const context = fakeContext(await temporaryFolder());
    expect(await connect(context, HELM, {})).toEqual({ reason: 'there is no kubeconfig' });
  });
});
