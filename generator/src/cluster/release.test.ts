import { describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import type { Cluster } from './connect.js';
import { findRelease, installRelease, uninstallRelease } from './release.js';
import { toAddress } from './addresses.js';

interface Call {
  readonly args: string[];
  /** Contents of the values files, in their order. */
  readonly values: unknown[];
}

function fakeCluster(listed: object[], claims = ''): { cluster: Cluster; calls: Call[] } {
  const calls: Call[] = [];
  const target = { context: 'trial', server: 'https://127.0.0.1', local: true, provider: { kind: 'other' } as const };
  const cluster: Cluster = {
    ...target,
    kubectl: () => Promise.resolve(claims),
    kubectlJson: () => Promise.resolve({}),
    helm: async (...args) => {
      const files = args.filter((_arg, index) => args[index - 1] === '--values');
      const values = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown));
      calls.push({ args, values });
      return args[0] === 'list' ? JSON.stringify(listed) : '';
    },
  };
  return { cluster, calls };
}

const HELM3 = { helm: 'helm', helmVersion: 'v3.17.2' };
const HELM4 = { helm: 'helm', helmVersion: 'v4.1.4' };
const RELEASE = { name: 'brolly', namespace: 'ml' };
const deployed = { ...RELEASE, status: 'deployed' };

describe('installRelease', () => {
  it('hands every layer of values to helm in order, and creates the namespace', async () => {
    const { cluster, calls } = fakeCluster([]);
    await installRelease(cluster, HELM3, RELEASE, '/repo/charts/ml-platform', [{ a: 1 }, { a: 2 }]);
    const [, upgrade] = calls;
    expect(upgrade?.values).toEqual([{ a: 1 }, { a: 2 }]);
    expect(upgrade?.args.join(' ')).toMatch(
      /^upgrade brolly \/repo\/charts\/ml-platform --install --namespace ml --create-namespace --values /,
    );
  });

  it('takes fields back from others where Helm 4 would stop at them', async () => {
    const { cluster, calls } = fakeCluster([deployed]);
    await installRelease(cluster, HELM4, RELEASE, '/repo/charts/ml-platform', [{}]);
    expect(calls[1]?.args).toContain('--force-conflicts');
  });

  it.each([
    ['pending-install', 'helm uninstall brolly --namespace ml --kube-context trial'],
    ['pending-upgrade', 'helm rollback brolly --namespace ml --kube-context trial'],
    ['pending-rollback', 'helm rollback brolly --namespace ml --kube-context trial'],
  ])('says how to mend a release that is %s, and leaves it alone', async (status, command) => {
    const { cluster, calls } = fakeCluster([{ ...RELEASE, status }]);
    await expect(installRelease(cluster, HELM4, RELEASE, '/repo/charts/ml-platform', [{}])).rejects.toMatchObject({
      message: expect.stringContaining(`release brolly in ml is ${status}`) as string,
      hint: `when no other run is at work: ${command}`,
    });
    expect(calls).toHaveLength(1);
  });
});

describe('findRelease', () => {
  it('looks everywhere, or in the one namespace', async () => {
    const { cluster, calls } = fakeCluster([deployed]);
    expect(await findRelease(cluster, 'brolly')).toMatchObject(RELEASE);
    await findRelease(cluster, 'brolly', 'ml');
    expect(calls.map(({ args }) => args.slice(1, 3).join(' '))).toEqual([
      '--all-namespaces --deployed',
      '--namespace ml',
    ]);
  });

  it('finds none, and will not choose between two', async () => {
    expect(await findRelease(fakeCluster([]).cluster, 'brolly')).toBeUndefined();
    const { cluster } = fakeCluster([deployed, { ...deployed, namespace: 'other' }]);
    await expect(findRelease(cluster, 'brolly')).rejects.toThrow('there are 2 releases brolly, in ml, other');
  });
});

it('uninstallRelease returns the claims that hold data', async () => {
  const { cluster, calls } = fakeCluster([], 'persistentvolumeclaim/data-0\npersistentvolumeclaim/data-1\n');
  expect(await uninstallRelease(cluster, RELEASE)).toEqual([
    'persistentvolumeclaim/data-0',
    'persistentvolumeclaim/data-1',
  ]);
  expect(calls[0]?.args).toEqual(['uninstall', 'brolly', '--namespace', 'ml', '--wait']);
});

describe('toAddress', () => {
  const service = (spec: object): Parameters<typeof toAddress>[0] => ({
    metadata: { name: 'brolly-inference', namespace: 'ml', labels: { 'app.kubernetes.io/name': 'inference' } },
    spec: { ports: [{ port: 8000 }], ...spec },
  });
  const name = { service: 'brolly-inference', chart: 'inference' };

  it('is the node port where there is one', () => {
    const ports = [{ port: 8000, nodePort: 32199 }];
    expect(toAddress(service({ ports }), 'trial', '10.0.0.2')).toEqual([{ ...name, url: 'http://10.0.0.2:32199' }]);
    expect(toAddress(service({ ports }), 'trial', 'fd00::2')).toEqual([{ ...name, url: 'http://[fd00::2]:32199' }]);
  });

  it.each([
    ['no node port', { ports: [{ port: 8000 }] }, '10.0.0.2'],
    ['no node address', { ports: [{ port: 8000, nodePort: 32199 }] }, undefined],
  ])('is a port-forward with %s', (_name, spec, host) => {
    const command = 'kubectl --context trial --namespace ml port-forward service/brolly-inference 8000';
    expect(toAddress(service(spec), 'trial', host)).toEqual([{ ...name, url: 'http://localhost:8000', command }]);
  });

  it('is nothing for a headless Service', () => {
    expect(toAddress(service({ clusterIP: 'None' }), 'trial', '10.0.0.2')).toEqual([]);
  });
});
