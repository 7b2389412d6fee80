import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  IMAGE,
  WAIT,
  apply,
  bystander,
  dropNamespaces,
  eventually,
  expectReady,
  forward,
  helm,
  kubectl,
  list,
  notesOf,
  restrictedNamespace,
  run,
  typeAll,
  type KubernetesObject,
} from './cluster.js';

const platform = inject('platform');
const chart = join(platform, 'charts/ml-platform');
const values = (environment: string): string =>
  `--values=${join(platform, 'environments', environment, 'values.yaml')}`;

// A release that is whole has its pods in its own namespace, which the store always scrapes.
const WHOLE = '--set-json=victoria-metrics.scrape.namespaces=[]';

/** Puts the shipped linear model under another name into the folder of further models. */
const OWN_MODEL = [
  'node',
  '--eval',
  `const { cpSync, readFileSync, writeFileSync } = require('node:fs');
  cpSync('/app/models/linear', '/models/extra/own', { recursive: true });
  const path = '/models/extra/own/v1.1.0/manifest.json';
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), name: 'own' }));`,
];

async function models(namespace: string, service: string, init?: RequestInit): Promise<string[]> {
  return forward(namespace, service, 8000, async (url) => {
    const answer = (await (await fetch(`${url}/model/info`, init)).json()) as { models: { name: string }[] };
    return answer.models.map(({ name }) => name);
  });
}

/** Both environments at once, each as one release in a namespace of its own. */
const RELEASES = [
  { environment: 'minikube-ci', namespace: 'charts-minikube', release: 'minikube', pods: 5 },
  { environment: 'k3s-hetzner', namespace: 'charts-hetzner', release: 'hetzner', pods: 5 },
];

interface Node extends KubernetesObject {
  status: { addresses: { type: string; address: string }[] };
}

describe('two releases side by side', () => {
  beforeAll(async () => {
    await Promise.all(RELEASES.map(({ namespace }) => restrictedNamespace(namespace)));
    await Promise.all(
      RELEASES.map(({ environment, namespace, release }) =>
        helm('install', release, chart, `--namespace=${namespace}`, values(environment), WHOLE, ...WAIT),
      ),
    );
  });

  afterAll(() => dropNamespaces(...RELEASES.map(({ namespace }) => namespace)));

  test.each(RELEASES)('$environment: every pod is ready', async ({ namespace, release, pods }) => {
    await expectReady(namespace, `app.kubernetes.io/instance=${release}`, pods);
  });

  test.each(RELEASES)('$environment: `helm test` asks every endpoint', async ({ namespace, release }) => {
    const output = await helm('test', release, `--namespace=${namespace}`, '--logs', '--timeout=5m');
    expect(output).toMatch(/\d+ endpoints answer/);
    for (const path of ['/ready', '/predict/21', '/predict/house-price', '/metrics']) {
      expect(output).toContain(`ok    ${path}`);
    }
  });

  test('each store sees the pods of its own release alone', async () => {
    for (const { namespace, release } of RELEASES) {
      const series = await forward(namespace, `${release}-victoria-metrics`, 8428, async (url) =>
        eventually('metrics of the release', 60, async () => {
          const answer = (await (await fetch(`${url}/api/v1/series?match[]=up{app="inference"}`)).json()) as {
            data: { namespace: string }[];
          };
          return answer.data.length > 0 ? answer.data : undefined;
        }),
      );
      expect(new Set(series.map((labels) => labels.namespace))).toEqual(new Set([namespace]));
    }
  });

  test('k3s-hetzner: answers on NodePort 32199, keeps its samples on a claim, and its autoscaler sees both metrics', async () => {
    const [node] = await list<Node>('nodes');
    const host = node?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const answer = await eventually('NodePort 32199', 60, () => fetch(`http://${host}:32199/predict/21`));
    expect(await answer.json()).toMatchObject({ prediction: 48 });

    const [claim] = await list('persistentvolumeclaims', '--namespace=charts-hetzner');
    expect(claim?.status).toMatchObject({ phase: 'Bound' });
    const metrics = await eventually('the autoscaler to see both metrics', 180, async () => {
      const [autoscaler] = await list('horizontalpodautoscalers', '--namespace=charts-hetzner');
      const current = autoscaler?.status?.currentMetrics as
        { resource?: { name: string; current: { averageUtilization?: number } } }[] | undefined;
      const seen = current?.filter(({ resource }) => resource?.current.averageUtilization !== undefined);
      return seen?.length === 2 ? seen.map(({ resource }) => resource?.name) : undefined;
    });
    expect(metrics).toEqual(['memory', 'cpu']);
  });

  test('k3s-hetzner: the commands of NOTES.txt work, those from outside among them', async () => {
    const commands = await notesOf('hetzner', 'charts-hetzner');
    const asking = commands.slice(
      0,
      commands.findIndex((command) => command.startsWith('helm')),
    );
    expect(asking.filter((command) => command.startsWith('curl'))).toHaveLength(3);
    expect((await typeAll(asking)).match(/"prediction":48/g)).toHaveLength(2);
  });

  describe('with a model that an init container brings, and the keys of a Secret', () => {
    const namespace = 'charts-minikube';
    const target = `--namespace=${namespace}`;
    const key = { authorization: 'Bearer a-key' };

    beforeAll(async () => {
      const [registry = '', ...repository] = IMAGE.repository.split('/');
      const image = { registry, repository: repository.join('/'), tag: IMAGE.tag };
      const modelVolume = { type: 'initContainer', image, command: OWN_MODEL };

      const sha256 = createHash('sha256').update('a-key').digest('hex');
      const keys = [{ name: 'e2e', sha256, scopes: ['predict'] }];
      const literal = `--from-literal=keys.json=${JSON.stringify({ keys })}`;
      await kubectl('create', 'secret', 'generic', 'keys', target, literal);

      const sets = [
        `--set-json=inference.modelVolume=${JSON.stringify(modelVolume)}`,
        '--set=inference.auth.existingSecret=keys',
      ];
      await helm('upgrade', 'minikube', chart, target, values('minikube-ci'), WHOLE, ...sets, ...WAIT);
    });

    test('serves the model', async () => {
      expect(await models(namespace, 'minikube-inference', { headers: key })).toContain('own');
    });

    test('lets nobody predict without a key, which the check of the chart knows', async () => {
      const statuses = await forward(namespace, 'minikube-inference', 8000, (url) => {
        const ask = async (headers: Record<string, string>): Promise<number> =>
          (await fetch(`${url}/predict/21`, { headers })).status;
        return Promise.all([ask({}), ask(key)]);
      });
      expect(statuses).toEqual([401, 200]);
      const output = await helm('test', 'minikube', target, '--logs', '--timeout=5m');
      expect(output).toContain('ok    /predict/21 needs a key');
      const commands = (await notesOf('minikube', namespace)).filter((command) =>
        /service\/minikube-inference|KEY/.test(command),
      );
      expect(await typeAll(commands, { KEY: 'a-key' })).toContain('"prediction":48');
    });
  });

  test('the namespace refuses a pod that runs as root', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root', namespace: 'charts-minikube' },
      spec: {
        containers: [{ name: 'root', image: `${IMAGE.repository}:${IMAGE.tag}`, securityContext: { runAsUser: 0 } }],
      },
    };
    const { code, stderr } = await run('kubectl', ['apply', '--filename=-'], { input: JSON.stringify(pod) });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/violates PodSecurity "restricted:latest".*runAsUser=0/s);
  });

  test('a failing service fails `helm test`', async () => {
    await kubectl('scale', 'deployment/minikube-inference', '--namespace=charts-minikube', '--replicas=0');
    // Until they have drained, its pods answer.
    const pods = '--selector=app.kubernetes.io/component=model-server';
    await kubectl('wait', 'pods', pods, '--namespace=charts-minikube', '--for=delete', '--timeout=180s');
    const { code, stdout } = await run('helm', [
      'test',
      'minikube',
      '--namespace=charts-minikube',
      '--logs',
      '--timeout=5m',
    ]);
    expect(code).not.toBe(0);
    expect(stdout).toContain('fault /ready');
  });

  describe('with a model that a claim holds, and an autoscaler that is quick', () => {
    const namespace = 'charts-hetzner';
    const target = `--namespace=${namespace}`;
    const replicas = async (): Promise<number> => {
      const [deployment] = await list('deployments', target, '--selector=app.kubernetes.io/component=model-server');
      return deployment?.spec.replicas as number;
    };

    beforeAll(async () => {
      const metadata = { name: 'models', namespace };
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } };
      const volumes = [{ name: 'models', persistentVolumeClaim: { claimName: 'models' } }];
      const volumeMounts = [{ name: 'models', mountPath: '/models/extra' }];
      await apply(
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec },
        bystander('fill', namespace, { command: OWN_MODEL, volumeMounts }, { volumes }),
      );
      await kubectl('wait', 'pod/fill', target, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=300s');

      const sets = [
        '--set=inference.modelVolume.type=persistentVolumeClaim,inference.modelVolume.claimName=models',
        // A short window, so that what is added is taken away within the time of a test; a low mark, so that some load is enough.
        '--set=inference.autoscaling.stabilizationWindowSeconds=0,inference.autoscaling.targetCPUUtilizationPercentage=40',
      ];
      await helm('upgrade', 'hetzner', chart, target, values('k3s-hetzner'), WHOLE, ...sets, ...WAIT);
    });

    test('serves the model', async () => {
      expect(await models(namespace, 'hetzner-inference')).toContain('own');
    });

    test('adds pods under load and takes them away again', async () => {
      // What pods use while they start may count.
      const atRest = (): Promise<true> =>
        eventually('two pods', 420, async () => ((await replicas()) === 2 ? true : undefined));
      await atRest();
      await forward(namespace, 'hetzner-inference', 8000, async (url) => {
        let loading = true;
        const body = JSON.stringify({
          texts: Array.from({ length: 20 }, () => 'a long day of work in the rain '.repeat(12)),
        });
        const client = async (): Promise<void> => {
          const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
          // An answer of any kind is load; what is refused under overload is not what this test is about.
          while (loading)
            await fetch(`${url}/predict/batch`, init).then(
              (answer) => answer.text(),
              () => undefined,
            );
        };
        const clients = Promise.all(Array.from({ length: 8 }, client));
        await eventually('more than two pods', 240, async () => ((await replicas()) > 2 ? true : undefined)).finally(
          () => {
            loading = false;
          },
        );
        await clients;
      });
      await atRest();
    });
  });
});
