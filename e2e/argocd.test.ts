import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { brolly, eventually, git, kubectl, list, readyPods, run, sh, type KubernetesObject } from './cluster.js';

interface Application extends KubernetesObject {
  status: {
    sync: { status: string; revision: string };
    health: { status: string };
    operationState?: { phase: string; message?: string };
  };
}

const platform = inject('platform');
const selector = 'app.kubernetes.io/name=inference';
const installed = (await run('kubectl', ['get', 'crd', 'applications.argoproj.io'])).code === 0;
/** Where Argo CD reads the platform: a Git server that the cluster reaches, or the published repository. */
const server = process.env.CLUSTER_GIT_URL;

describe.skipIf(!installed || server === undefined)(
  'Argo CD (needs Argo CD in the cluster and CLUSTER_GIT_URL)',
  () => {
    const repository = `${server ?? ''}/platform.git`;

    /** Commits the platform as it is now and gives the revision that Argo CD has to reach. */
    async function push(message: string): Promise<string> {
      await git(platform, 'add', '--all');
      await git(
        platform,
        '-c',
        'user.name=e2e',
        '-c',
        'user.email=e2e@example.com',
        'commit',
        '--quiet',
        '--message',
        message,
      );
      await git(platform, 'push', '--quiet', '--force', repository, 'HEAD:main');
      return (await git(platform, 'rev-parse', 'HEAD')).trim();
    }

    /** Waits until every application is at the revision, applied, in sync and healthy. */
    async function settled(revision: string): Promise<void> {
      await eventually(`all applications Synced and Healthy at ${revision}`, 300, async () => {
        const applications = await list<Application>('applications.argoproj.io', '--namespace=argocd');
        const state = applications.map(({ metadata, status }) => {
          const done = status.sync.revision === revision && status.operationState?.phase === 'Succeeded';
          return `${metadata.name} ${status.sync.status} ${status.health.status}${done ? '' : ` ${status.operationState?.message ?? ''}`}`;
        });
        const wanted = ['inference Synced Healthy', 'monitoring Synced Healthy', 'root Synced Healthy'];
        if (state.sort().join() === wanted.join()) return true;
        throw new Error(state.join('; '));
      });
    }

    const replicas = async (): Promise<number> => (await readyPods('ml-inference', selector)).length;

    beforeAll(async () => {
      const input = join(platform, 'environments/minikube-ci/environment.yaml');
      await sh('sed', ['-i', `s#repository: .*#repository: ${repository}#`, input]);
      await brolly(['generate'], { cwd: platform });
    });

    afterAll(async () => {
      await kubectl('delete', 'application', 'root', '--namespace=argocd', '--wait', '--timeout=180s');
      expect(await list('deployments', '--namespace=ml-inference')).toEqual([]);
      await kubectl('delete', 'namespace', 'ml-inference', 'monitoring', '--wait');
    });

    test('brings the environment up from its root application', async () => {
      const revision = await push('The platform as it is');
      await kubectl('apply', `--filename=${join(platform, 'argocd/minikube-ci/root.yaml')}`);
      await settled(revision);
      expect(await replicas()).toBe(2);
      expect(await readyPods('monitoring', 'app.kubernetes.io/part-of=ml-platform')).toHaveLength(3);
      const [namespace] = await list('namespaces', '--field-selector=metadata.name=ml-inference');
      expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('puts back what a person scales by hand', async () => {
      await kubectl('scale', 'deployment/inference', '--namespace=ml-inference', '--replicas=5');
      await eventually('two replicas again', 120, async () => {
        const [deployment] = await list('deployments', '--namespace=ml-inference');
        return deployment?.spec.replicas === 2 && (await replicas()) === 2 ? true : undefined;
      });
    });

    test('follows a change of the environment', async () => {
      await sh('sed', [
        '-i',
        's/replicas: 2/replicas: 3/',
        join(platform, 'environments/minikube-ci/environment.yaml'),
      ]);
      await brolly(['generate'], { cwd: platform });
      await settled(await push('Three replicas'));
      await eventually('three pods', 120, async () => ((await replicas()) === 3 ? true : undefined));
    });
  },
);
