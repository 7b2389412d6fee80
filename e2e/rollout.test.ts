import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  REPOSITORY,
  apply,
  bystander,
  dropNamespaces,
  eventually,
  installService,
  kubectl,
  list,
  readyPods,
} from './cluster.js';

const NAMESPACE = 'rollout';
const SERVICE = 'rollout-inference';
const SELECTOR = `app.kubernetes.io/instance=rollout,app.kubernetes.io/component=model-server`;
const CLIENT = 'client';
/** Requests a second over each protocol: enough that each moment has some, few enough for a machine that does other things. */
const RATE = '20';

const script = readFileSync(join(REPOSITORY, 'e2e/rollout-client.mjs'), 'utf8');
const client = bystander(CLIENT, NAMESPACE, {
  command: ['node', '--input-type=module', '--eval', script],
  env: [
    { name: 'HTTP_TARGET', value: `${SERVICE}:8000` },
    { name: 'GRPC_TARGET', value: `${SERVICE}:8001` },
    { name: 'RATE', value: RATE },
  ],
});

type Endings = Record<'http' | 'grpc', Record<string, number>>;

/** Does `work` while the client sends; how all that it sent ended. */
async function underLoad(work: () => Promise<void>): Promise<Endings> {
  await apply(client);
  await kubectl('wait', `pod/${CLIENT}`, `--namespace=${NAMESPACE}`, '--for=condition=Ready', '--timeout=120s');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await work();
  await kubectl('exec', CLIENT, `--namespace=${NAMESPACE}`, '--', 'touch', '/tmp/stop');
  await kubectl(
    'wait',
    `pod/${CLIENT}`,
    `--namespace=${NAMESPACE}`,
    '--for=jsonpath={.status.phase}=Succeeded',
    '--timeout=120s',
  );
  const log = await kubectl('logs', CLIENT, `--namespace=${NAMESPACE}`);
  console.log(log);
  return JSON.parse(log.trim().split('\n').at(-1) ?? '') as Endings;
}

/** Every request of both kinds was answered as it should be, and there were some. */
function expectNoneLost({ http, grpc }: Endings): void {
  expect({ http, grpc }).toEqual({ http: { ok: http.ok }, grpc: { ok: grpc.ok } });
  expect(http.ok).toBeGreaterThan(100);
  expect(grpc.ok).toBeGreaterThan(100);
}

async function podNames(): Promise<string[]> {
  const pods = await list('pods', `--namespace=${NAMESPACE}`, `--selector=${SELECTOR}`);
  return pods.map(({ metadata }) => metadata.name);
}

/** Waits until the pods named are gone and two others are ready. */
async function replaced(old: string[]): Promise<void> {
  await eventually('new pods alone', 300, async () => {
    const gone = (await podNames()).every((name) => !old.includes(name));
    return gone && (await readyPods(NAMESPACE, SELECTOR)).length === 2 ? true : undefined;
  });
}

describe('a change of pods under constant load loses no request over HTTP and gRPC', () => {
  beforeAll(() => installService(join(inject('platform'), 'charts/ml-platform'), 'rollout', NAMESPACE));
  beforeEach(() => kubectl('delete', 'pod', CLIENT, `--namespace=${NAMESPACE}`, '--ignore-not-found'));
  afterAll(() => dropNamespaces(NAMESPACE));

  test('a rolling restart', async () => {
    expectNoneLost(
      await underLoad(async () => {
        const old = await podNames();
        await kubectl('rollout', 'restart', `deployment/${SERVICE}`, `--namespace=${NAMESPACE}`);
        await kubectl('rollout', 'status', `deployment/${SERVICE}`, `--namespace=${NAMESPACE}`, '--timeout=300s');
        await replaced(old);
      }),
    );
  });

  test('the deletion of a pod', async () => {
    expectNoneLost(
      await underLoad(async () => {
        const [victim = ''] = await podNames();
        await kubectl('delete', 'pod', victim, `--namespace=${NAMESPACE}`, '--wait');
        await replaced([victim]);
      }),
    );
  });
});
