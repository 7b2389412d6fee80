import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { calls, fakeContext, fakeProgram, type FakeContext } from '../../test/fakes.js';
import { copyProject } from '../../test/project.js';
import { down } from './down.js';
import { status } from './status.js';
import { up } from './up.js';

/** What the fake helm renders: one workload of ours, with no port, so that nothing has to be free. */
const RENDERED = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'brolly-inference', namespace: 'ml-inference' },
  spec: { template: { spec: { containers: [{ name: 'inference', image: 'ghcr.io/brolly/inference:1' }] } } },
});

/** A copy of the repository with a service that only waits, a helm that renders the above, and no cluster. */
async function project(helm = ''): Promise<FakeContext> {
  const root = await copyProject();
  await mkdir(join(root, 'services/inference/dist'), { recursive: true });
  await writeFile(join(root, 'services/inference/dist/main.js'), `console.log('up'); setInterval(() => {}, 1000);`);
  const program = await fakeProgram(
    root,
    'helm',
    `const print = (text) => process.stdout.write(text);
     if (args[0] === 'version') print('v4.1.4');
     if (args[0] === 'template') print(${JSON.stringify(RENDERED)});
     ${helm}`,
  );
  return fakeContext(root, { HELM: program });
}

/** Adds a kubeconfig and a cluster whose objects are `answers`, by the kind asked for. */
async function withCluster(
  context: FakeContext,
  server: string,
  answers: Record<string, object> = {},
): Promise<FakeContext> {
  const view = { contexts: [{ name: 'trial' }], clusters: [{ name: 'trial', cluster: { server } }] };
  await fakeProgram(
    context.root,
    'kubectl',
    `const answers = ${JSON.stringify(answers)};
     if (args[0] === 'config') console.log(${JSON.stringify(JSON.stringify(view))});
     const kind = args[args.indexOf('get') + 1];
     if (args.includes('get') && kind in answers) console.log(args.includes('name') ? answers[kind].names : JSON.stringify(answers[kind]));`,
  );
  const kubeconfig = join(context.root, 'kubeconfig');
  await writeFile(kubeconfig, '');
  return { ...context, env: { ...context.env, KUBECONFIG: kubeconfig } };
}

const WORKLOADS = 'deployments,statefulsets,replicasets,pods';
const annotations = { 'deployment.kubernetes.io/revision': '1' };
const workloads = (available: number): object => ({
  items: [
    {
      kind: 'Deployment',
      metadata: { name: 'brolly-inference', uid: 'd', annotations },
      spec: { replicas: 1 },
      status: { replicas: 1, updatedReplicas: 1 },
    },
    {
      kind: 'ReplicaSet',
      metadata: { name: 'r', annotations, ownerReferences: [{ uid: 'd' }] },
      status: { availableReplicas: available },
    },
  ],
});
const nodes = { items: [{ status: { addresses: [{ type: 'InternalIP', address: '192.0.2.9' }], images: [] } }] };
const services = {
  items: [
    {
      metadata: {
        name: 'brolly-inference',
        namespace: 'ml-inference',
        labels: { 'app.kubernetes.io/name': 'inference' },
      },
      spec: { ports: [{ port: 8000, nodePort: 32199 }] },
    },
  ],
};
const listed = `if (args.includes('list')) print('[{"name":"brolly","namespace":"ml-inference","status":"deployed"}]');`;

describe('up', () => {
  it('runs the release on this machine when there is no cluster, until interrupted', async () => {
    const context = await project();
    const running = up(context, {});
    await vi.waitFor(() => {
      expect(context.lines).toContain('Ctrl-C ends it');
    }, 20_000);
    context.interrupt();
    expect(await running).toBe(0);
    expect(context.lines.slice(0, 3)).toEqual([
      'generated and validated 2 environments, 0 files changed',
      'rendered with Helm v4.1.4: k3s-hetzner 1 object, minikube-ci 1 object',
      'running minikube-ci on this machine (there is no kubeconfig)',
    ]);
  });

  it('installs the values of the environment on a cluster, and prints the addresses', async () => {
    const project_ = await project(`if (args.includes('list')) print('[]');`);
    const context = await withCluster(project_, 'https://127.0.0.1:1', { [WORKLOADS]: workloads(1), nodes, services });
    expect(await up(context, { environment: 'k3s-hetzner' })).toBe(0);
    expect(project_.lines).toContain(
      'installing release brolly in namespace ml-inference with the values of k3s-hetzner',
    );
    expect(project_.lines.join('\n')).toContain(
      'brolly-inference  http://192.0.2.9:32199\n  curl http://192.0.2.9:32199/predict/21',
    );
    const upgrade = (await calls(context.root)).find((call) => call.includes('upgrade')) ?? '';
    expect(upgrade).toContain('helm --kube-context trial upgrade brolly');
    expect(upgrade).toContain('--namespace ml-inference --create-namespace');
  });

  it('leaves a cluster alone that is not local', async () => {
    const context = await withCluster(await project(), 'https://203.0.113.5');
    await expect(up(context, { yes: true })).rejects.toThrow('so it is left alone');
    expect((await calls(context.root)).filter((call) => /upgrade|install|readyz/.test(call))).toEqual([]);
  });

  it.each([
    [{ environment: 'minikub-ci' }, 'there is no environment "minikub-ci"'],
    [{ timeout: 0 }, '--timeout must be a number of seconds above 0'],
    [{ timeout: Number.NaN }, '--timeout must be a number of seconds above 0'],
  ])('refuses %j', async (options, message) => {
    await expect(up(await project(), options)).rejects.toThrow(message);
  });
});

describe('status', () => {
  it.each([
    [1, 0, 'ready  brolly-inference 1/1'],
    [0, 1, 'not ready  brolly-inference 0/1'],
  ])('with %i pods ready ends with %i', async (available, code, line) => {
    const base = await project(listed);
    const context = await withCluster(base, 'https://127.0.0.1:1', {
      [WORKLOADS]: workloads(available),
      nodes,
      services,
    });
    expect(await status(context, {})).toBe(code);
    expect(base.lines).toContain(line);
  });

  it('prints JSON', async () => {
    const base = await project(listed);
    const context = await withCluster(base, 'https://127.0.0.1:1', { [WORKLOADS]: workloads(1), nodes, services });
    await status(context, { format: 'json' });
    expect(JSON.parse(base.lines.at(-1) ?? '')).toMatchObject({
      context: 'trial',
      release: { name: 'brolly', namespace: 'ml-inference' },
      ready: true,
      workloads: [{ name: 'brolly-inference', ready: 1, desired: 1 }],
      addresses: [{ service: 'brolly-inference', url: 'http://192.0.2.9:32199' }],
    });
  });

  it('fails without a cluster and without a release', async () => {
    await expect(status(await project(), {})).rejects.toThrow('no cluster: there is no kubeconfig');
    const context = await withCluster(await project(`if (args.includes('list')) print('[]');`), 'https://127.0.0.1:1');
    await expect(status(context, {})).rejects.toThrow('there is no release brolly');
  });
});

describe('down', () => {
  it('removes the release and says what stays', async () => {
    const base = await project(listed);
    const context = await withCluster(base, 'https://127.0.0.1:1', { pvc: { names: 'persistentvolumeclaim/data-0' } });
    expect(await down(context, {})).toBe(0);
    expect(await calls(context.root)).toContain(
      'helm --kube-context trial uninstall brolly --namespace ml-inference --wait',
    );
    expect(base.lines).toContain('left in place: namespace ml-inference, persistentvolumeclaim/data-0');
    expect(base.lines.at(-1)).toContain(
      'kubectl --context trial --namespace ml-inference delete persistentvolumeclaim/data-0',
    );
  });

  it('is content when there is nothing to remove', async () => {
    const base = await project(`if (args.includes('list')) print('[]');`);
    expect(await down(await withCluster(base, 'https://127.0.0.1:1'), { namespace: 'x' })).toBe(0);
    expect(base.lines.at(-1)).toBe('there is no release brolly in x');
  });

  it('leaves a cluster alone that is not local', async () => {
    const context = await withCluster(await project(listed), 'https://203.0.113.5');
    await expect(down(context, { context: 'trial' })).rejects.toThrow('so it is left alone');
  });
});
