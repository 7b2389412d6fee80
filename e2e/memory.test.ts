import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  type KubernetesObject,
  REPOSITORY,
  apply,
  bystander,
  dropNamespaces,
  installService,
  kubectl,
  list,
} from './cluster.js';

const NAMESPACE = 'memory';
const SERVICE = 'memory-inference';
const SELECTOR = 'app.kubernetes.io/instance=memory,app.kubernetes.io/component=model-server';
const CLIENT = 'client';

interface Pod extends KubernetesObject {
  status: { containerStatuses: { restartCount: number; lastState: object }[] };
}

beforeAll(() =>
  installService(
    join(inject('platform'), 'charts/ml-platform'),
    'memory',
    NAMESPACE,
    'replicaCount=1',
    'resources.requests.memory=128Mi',
    'resources.limits.memory=256Mi',
  ),
);
afterAll(() => dropNamespaces(NAMESPACE));

test('the shipped models run in 256 MiB, whatever is asked of them and however much of it', async () => {
  await apply(
    bystander(CLIENT, NAMESPACE, {
      command: [
        'node',
        '--input-type=module',
        '--eval',
        readFileSync(join(REPOSITORY, 'e2e/memory-client.mjs'), 'utf8'),
      ],
      env: [
        { name: 'HTTP_TARGET', value: `${SERVICE}:8000` },
        { name: 'GRPC_TARGET', value: `${SERVICE}:8001` },
        { name: 'SECONDS', value: '8' },
      ],
    }),
  );
  const ended = '--for=jsonpath={.status.phase}=Succeeded';
  await kubectl('wait', `pod/${CLIENT}`, `--namespace=${NAMESPACE}`, ended, '--timeout=240s');
  const log = await kubectl('logs', CLIENT, `--namespace=${NAMESPACE}`);
  console.log(log);
  const endings = JSON.parse(log) as Record<string, Record<string, number>>;
  for (const [load, statuses] of Object.entries(endings)) {
    const good = load === 'grpc' ? '0' : '200';
    // Beside what was served there may be what the queue had no room for: 503, and RESOURCE_EXHAUSTED of gRPC.
    const refused = load === 'grpc' ? '8' : '503';
    expect(Object.keys(statuses).filter((status) => status !== refused)).toEqual([good]);
  }
  expect(Object.keys(endings)).toHaveLength(5);
  const pods = await list<Pod>('pods', `--namespace=${NAMESPACE}`, `--selector=${SELECTOR}`);
  const states = pods.flatMap(({ status }) => status.containerStatuses);
  expect(states.map(({ restartCount, lastState }) => ({ restartCount, lastState }))).toEqual([
    { restartCount: 0, lastState: {} },
  ]);
});
