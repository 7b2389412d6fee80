import { describe, expect, test } from 'vitest';
import type { JsonObject } from './model.js';
import { formatPath } from './model.js';
import { RULES, checkRules } from './rules.js';
import type { Subject } from './rules/rule.js';

interface Given {
  readonly values?: JsonObject;
  readonly environment?: JsonObject;
  readonly images?: JsonObject;
  /** Paths of values that a person wrote. Default: all. */
  readonly written?: readonly string[];
}

function subject({ values = {}, environment = {}, images = {}, written }: Given): Subject {
  return { values, environment, images, isWritten: (path) => written?.includes(formatPath(path)) ?? true };
}

const scaled = (enabled: boolean, minReplicas: number, maxReplicas: number): JsonObject => ({
  autoscaling: { enabled, minReplicas, maxReplicas },
});
const shutdown = { shutdown: { delaySeconds: 5, timeoutSeconds: 20 } };
const store = (retentionPeriod: string, size: string, enabled = true): JsonObject => ({
  store: { image: {}, retentionPeriod, scrape: { interval: '15s' }, persistence: { enabled, size } },
});

/** Rule, what it refuses, where, and what it says. */
const REFUSED: readonly [string, Given, string, string][] = [
  [
    'min-above-max',
    { values: { web: scaled(true, 6, 5) } },
    'web.autoscaling.minReplicas',
    'minReplicas (6) is above maxReplicas (5)',
  ],
  [
    'replicas-with-autoscaling',
    { values: { web: { replicaCount: 2, ...scaled(true, 1, 5) } } },
    'web.replicaCount',
    'a fixed number of replicas has no effect while autoscaling decides',
  ],
  [
    'replicas-undecided',
    { values: { web: { replicaCount: 2, ...scaled(false, 1, 5) } }, written: [] },
    'web.replicaCount',
    "web runs 2 pods, and nobody says so: it is only the chart's default",
  ],
  [
    'budget-blocks-drain',
    { values: { web: { replicaCount: 2, podDisruptionBudget: { minAvailable: 2 } } } },
    'web.podDisruptionBudget.minAvailable',
    'minAvailable 2 of 2 pods keeps every node that runs one from being drained',
  ],
  [
    'budget-blocks-drain',
    { values: { web: { ...scaled(true, 2, 5), pdb: { minAvailable: '100%' } } } },
    'web.pdb.minAvailable',
    'minAvailable 100% of 2 pods keeps every node that runs one from being drained',
  ],
  [
    'budget-blocks-drain',
    { values: { web: { replicaCount: 2, podDisruptionBudget: { enabled: true, maxUnavailable: 0 } } } },
    'web.podDisruptionBudget.maxUnavailable',
    'maxUnavailable 0 keeps every node that runs a pod from being drained',
  ],
  [
    'grace-too-short',
    { values: { web: { terminationGracePeriodSeconds: 25, config: shutdown } } },
    'web.terminationGracePeriodSeconds',
    'the pod is killed after 25 s, but takes up to 25 s to end (shutdown.delaySeconds and timeoutSeconds)',
  ],
  [
    'probe-timeout',
    { values: { probes: { liveness: { periodSeconds: 2, timeoutSeconds: 3 } } } },
    'probes.liveness.timeoutSeconds',
    'a probe may take 3 s, but the next one starts after 2 s',
  ],
  [
    'request-above-limit',
    { values: { web: { resources: { requests: { cpu: '1500m' }, limits: { cpu: 1 } } } } },
    'web.resources.requests.cpu',
    'the request for cpu (1500m) is above its limit (1)',
  ],
  [
    'scrape-timeout',
    { values: { scrape: { interval: '15s', timeout: '1m' } } },
    'scrape.timeout',
    'a scrape may take 1m, but the next one starts after 15s',
  ],
  [
    'retention-above-volume',
    { values: { ...store('1y', '1Gi'), web: { image: {}, ...scaled(true, 1, 5) } } },
    'store.retentionPeriod',
    'metrics of 1y at one sample each 15s may need 15Gi, but the volume has 1Gi',
  ],
  [
    'node-port-range',
    { values: { service: { type: 'NodePort', nodePort: 80 } } },
    'service.nodePort',
    'no node port may be 80',
  ],
  [
    'node-port-taken',
    {
      values: {
        a: { service: { type: 'NodePort', nodePort: 30080, grpcNodePort: 30081 } },
        b: { service: { type: 'LoadBalancer', nodePorts: { http: 30081 } } },
      },
    },
    'b.service.nodePorts.http',
    'node port 30081 is taken by a.service.grpcNodePort',
  ],
  [
    'namespaces-equal',
    { environment: { namespaces: { inference: 'ml', monitoring: 'ml' } } },
    'namespaces.monitoring',
    '"monitoring" and "inference" are both the namespace ml',
  ],
  [
    'names-equal',
    { values: { a: { fullnameOverride: 'x' }, b: { fullnameOverride: 'x' } } },
    'b.fullnameOverride',
    'b and a are both named x',
  ],
  [
    'digest-required',
    { environment: { production: true }, images: { web: { tag: '1' } } },
    'web.digest',
    'the image "web" has no digest, which production asks for',
  ],
  [
    'metrics-not-kept',
    { environment: { production: true }, values: store('7d', '5Gi', false) },
    'store.persistence.enabled',
    'metrics live as long as the pod that stores them, in production',
  ],
  [
    'open-to-everyone',
    { values: { grafana: { admin: { existingSecret: '' }, service: { type: 'NodePort' } } } },
    'grafana.service.type',
    'whoever reaches a NodePort of the cluster sees this without a login',
  ],
];

/** Close to what is refused, and right. */
const ACCEPTED: readonly [string, Given][] = [
  ['as few pods as most', { values: { web: scaled(true, 5, 5) } }],
  ['bounds of an autoscaler that is off', { values: { web: scaled(false, 6, 5) } }],
  ['bounds in a subchart that is off', { values: { web: { enabled: false, ...scaled(true, 6, 5) } } }],
  [
    "the chart's replicas under autoscaling",
    { values: { web: { replicaCount: 2, ...scaled(true, 1, 5) } }, written: [] },
  ],
  ['a number of replicas that somebody gave', { values: { web: { replicaCount: 2, ...scaled(false, 1, 5) } } }],
  ['one pod by default', { values: { web: { replicaCount: 1, ...scaled(false, 1, 5) } }, written: [] }],
  ['a budget that lets one go', { values: { web: { replicaCount: 2, podDisruptionBudget: { minAvailable: 1 } } } }],
  ['a budget over no pods', { values: { web: { replicaCount: 0, podDisruptionBudget: { minAvailable: 1 } } } }],
  [
    'a budget that is off',
    { values: { web: { replicaCount: 2, podDisruptionBudget: { enabled: false, maxUnavailable: 0 } } } },
  ],
  ['a second more than the pod takes', { values: { web: { terminationGracePeriodSeconds: 26, config: shutdown } } }],
  ['a probe as long as its period', { values: { liveness: { periodSeconds: 2, timeoutSeconds: 2 } } }],
  [
    'a request equal to its limit',
    { values: { resources: { requests: { memory: '1Gi' }, limits: { memory: '1024Mi' } } } },
  ],
  ['a request without a limit', { values: { resources: { requests: { cpu: '9' }, limits: { memory: '1Gi' } } } }],
  ['a timeout equal to the interval', { values: { scrape: { interval: '15s', timeout: '15000ms' } } }],
  ['a retention that fits', { values: store('7d', '5Gi') }],
  ['a retention without a volume', { values: store('9y', '1Mi', false) }],
  [
    'node ports at the ends of the range',
    { values: { service: { type: 'NodePort', nodePort: 30000, grpcNodePort: 32767 } } },
  ],
  [
    'node ports that are not opened',
    { values: { a: { type: 'ClusterIP', nodePort: 30080 }, b: { type: 'NodePort', nodePort: 30080 } } },
  ],
  ['no digest before production', { images: { web: { tag: '1' } } }],
  ['a digest in production', { environment: { production: true }, images: { web: { digest: 'sha256:0' } } }],
  ['no login inside the cluster', { values: { admin: { existingSecret: '' }, service: { type: 'ClusterIP' } } }],
  ['a login outside', { values: { admin: { existingSecret: 'login' }, service: { type: 'NodePort' } } }],
  ['nothing at all', {}],
];

describe('refuses', () => {
  test.each(REFUSED)('%s: %j', (code, given, at, message) => {
    expect(checkRules(subject(given)).map((breach) => [breach.code, formatPath(breach.at), breach.message])).toEqual([
      [code, at, message],
    ]);
  });

  test('in production what is only a warning elsewhere', () => {
    const values = { web: { replicaCount: 2, ...scaled(false, 1, 5) } };
    const severity = (production: boolean): unknown =>
      checkRules(subject({ values, environment: { production }, written: [] }))[0]?.severity;
    expect([severity(false), severity(true)]).toEqual(['warning', 'error']);
  });
});

test.each(ACCEPTED)('accepts %s', (_name, given) => {
  expect(checkRules(subject(given))).toEqual([]);
});

test('every rule has a case that it refuses, and a name of its own', () => {
  const names = RULES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => REFUSED.every(([code]) => code !== name))).toEqual([]);
});
