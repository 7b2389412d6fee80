import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  brolly,
  dropNamespaces,
  eventually,
  expectReady,
  git,
  kubectl,
  list,
  run,
  sh,
  type KubernetesObject,
} from './cluster.js';

interface Application extends KubernetesObject {
  status: {
    sync: { status: string; revision: string };
    health: { status: string };
    operationState?: {
      phase: string;
      message?: string;
      syncResult?: { revision: string; resources?: { name: string; hookType?: string; hookPhase?: string }[] };
    };
  };
}

const CHECK = 'charts/ml-platform/charts/inference/files/check.mjs';
const selector = 'app.kubernetes.io/name=inference';
const installed = (await run('kubectl', ['get', 'crd', 'applications.argoproj.io'])).code === 0;
/** Where Argo CD reads the platform: a Git server that the cluster reaches, or the published repository. */
const server = process.env.CLUSTER_GIT_URL;

describe.skipIf(!installed || server === undefined)(
  'Argo CD (needs Argo CD in the cluster and CLUSTER_GIT_URL)',
  () => {
    const repository = `${server ?? ''}/platform.git`;
    /** A copy of its own: what is committed here must not reach the other tests. */
    let platform: string;

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
      await eventually(`all applications Synced and Healthy at ${revision}`, 420, async () => {
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

    /** What came of the check that runs after a sync of the inference application; nothing before that. */
    async function check(revision: string): Promise<string | undefined> {
      const [application] = await list<Application>(
        'applications.argoproj.io',
        '--namespace=argocd',
        '--field-selector=metadata.name=inference',
      );
      const result = application?.status.operationState?.syncResult;
      if (result?.revision !== revision) return undefined;
      return result.resources?.find(({ hookType }) => hookType === 'PostSync')?.hookPhase;
    }

    const pods = (count: number): Promise<void> => expectReady('ml-inference', selector, count);

    beforeAll(async () => {
      platform = await mkdtemp(join(tmpdir(), 'brolly-argocd-'));
      await cp(inject('platform'), platform, { recursive: true });
      const input = join(platform, 'environments/minikube-ci/environment.yaml');
      await sh('sed', ['-i', `s#repository: .*#repository: ${repository}#`, input]);
      await brolly(['generate'], { cwd: platform });
    });

    afterAll(async () => {
      await rm(platform, { recursive: true });
      await kubectl('delete', 'application', 'root', '--namespace=argocd', '--wait', '--timeout=180s');
      expect(await list('deployments', '--namespace=ml-inference')).toEqual([]);
      await dropNamespaces('ml-inference', 'monitoring');
    });

    test('brings the environment up from its root application', async () => {
      const revision = await push('The platform as it is');
      await kubectl('apply', `--filename=${join(platform, 'argocd/minikube-ci/root.yaml')}`);
      await settled(revision);
      await pods(2);
      expect(await check(revision)).toBe('Succeeded');
      expect(await kubectl('logs', 'inference-check', '--namespace=ml-inference')).toMatch(/\d+ endpoints answer/);
      await expectReady('monitoring', 'app.kubernetes.io/part-of=ml-platform', 3);
      const [namespace] = await list('namespaces', '--field-selector=metadata.name=ml-inference');
      expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('puts back what a person scales by hand', async () => {
      await kubectl('scale', 'deployment/inference', '--namespace=ml-inference', '--replicas=5');
      await eventually('two replicas again', 180, async () => {
        const [deployment] = await list('deployments', '--namespace=ml-inference');
        return deployment?.spec.replicas === 2 ? true : undefined;
      });
      await pods(2);
    });

    test('does not call a sync done whose check fails', async () => {
      await writeFile(join(platform, CHECK), "throw new Error('as the test wants it');\n");
      const broken = await push('A check that fails');
      await eventually('a failed check', 300, async () => ((await check(broken)) === 'Failed' ? true : undefined));
    });

    test('follows the commit that mends it, and removes what is no longer wanted', async () => {
      expect(await list('poddisruptionbudgets', '--namespace=ml-inference')).toHaveLength(1);
      await cp(join(inject('platform'), CHECK), join(platform, CHECK));
      const input = join(platform, 'environments/minikube-ci/environment.yaml');
      await sh('sed', ['-i', 's/replicas: 2/replicas: 1/', input]);
      await brolly(['generate'], { cwd: platform });
      const revision = await push('The check as it was, and one pod, which needs no budget');
      await settled(revision);
      expect(await check(revision)).toBe('Succeeded');
      await pods(1);
      expect(await list('poddisruptionbudgets', '--namespace=ml-inference')).toEqual([]);
    });
  },
);
