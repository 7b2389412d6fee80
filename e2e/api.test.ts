import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { RENDERINGS } from '../charts/test/fixtures.js';
import { type Options, SUBCHARTS } from '../charts/test/helm.js';
import { REPOSITORY, apply, dropNamespaces, kubectl, restrictedNamespace, run, sh } from './cluster.js';

const chart = join(inject('platform'), 'charts/ml-platform');
const environment = (name: string): string => join(inject('platform'), 'environments', name, 'values.yaml');
/** That of the renderings. */
const NAMESPACE = 'lab';

interface Schemas {
  kinds: Record<string, string>;
  definitions: Record<string, Schema>;
}

type Schema = Record<string, unknown>;

/** A schema as a CustomResourceDefinition takes it: it knows no lists of types, and refuses unknown fields without being told. */
function structural({ additionalProperties, items, properties, type, ...rest }: Schema): Schema {
  if (Array.isArray(type)) return { ...rest, 'x-kubernetes-int-or-string': true };
  if (type === undefined) return { ...rest, 'x-kubernetes-preserve-unknown-fields': true };
  const below = Object.entries((properties ?? {}) as Record<string, Schema>);
  return {
    ...rest,
    type,
    ...(properties !== undefined && {
      properties: Object.fromEntries(below.map(([key, each]) => [key, structural(each)])),
    }),
    ...(items !== undefined && { items: structural(items as Schema) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: structural(additionalProperties as Schema),
    }),
  };
}

/** The definitions of what operators, KEDA and the Gateway API bring. */
function definitions(): { metadata: { name: string } }[] {
  const path = join(REPOSITORY, 'charts/test/generated/custom-resources.json');
  const { kinds, definitions: schemas } = JSON.parse(readFileSync(path, 'utf8')) as Schemas;
  return Object.entries(kinds).map(([name, definition]) => {
    const [group = '', version = '', kind = ''] = name.split('/');
    const plural = `${kind.toLowerCase()}s`;
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${group}`,
        annotations: { 'api-approved.kubernetes.io': 'unapproved, only there while this test runs' },
      },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: structural({ type: 'object', ...schemas[definition] }) },
          },
        ],
      },
    };
  });
}

describe('the API server, asked strictly', () => {
  let brought: string[] = [];

  beforeAll(async () => {
    await restrictedNamespace(NAMESPACE);
    // Of a pod, admission asks for its account and its priority, and a dry run makes neither.
    for (const name of ['trial-inference', 'inference']) {
      await kubectl('create', 'serviceaccount', name, `--namespace=${NAMESPACE}`);
    }
    await apply({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 });
    const there = (await kubectl('get', 'crd', '--output=name')).split('\n');
    const missing = definitions().filter(({ metadata }) => !there.some((name) => name.endsWith(`/${metadata.name}`)));
    brought = missing.map(({ metadata }) => `crd/${metadata.name}`);
    if (missing.length > 0) await apply(...missing);
    for (const name of brought) await kubectl('wait', name, '--for=condition=Established', '--timeout=60s');
  });

  afterAll(async () => {
    await kubectl('delete', '--ignore-not-found', 'priorityclass/high', ...brought);
    await dropNamespaces(NAMESPACE);
  });

  const all: Record<string, Options> = {
    ...RENDERINGS,
    'minikube-ci': { files: [environment('minikube-ci')] },
    'k3s-hetzner': { files: [environment('k3s-hetzner')] },
  };
  test.each(Object.entries(all))(
    'accepts every object and warns of none: %s',
    async (_, { release = 'trial', files = [], values = {} }) => {
      // The namespaces and node ports of the environments are others' here, and the cluster may have one family of addresses.
      const own = [
        '--set-json=victoria-metrics.scrape.namespaces=[]',
        '--set=inference.service.nodePort=32197,inference.service.grpcNodePort=32196',
        ...SUBCHARTS.map((name) => `--set-json=${name}.service.ipFamilies=[]`),
      ];
      const from = [...files.map((file) => `--values=${file}`), '--values=-', ...own];
      const args = ['template', release, chart, `--namespace=${NAMESPACE}`, ...from];
      const text = await sh('helm', args, { input: JSON.stringify(values) });
      const apply = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--filename=-'];
      const { stderr, stdout, code } = await run('kubectl', apply, { input: text });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout.trim().split('\n').length).toBe(text.match(/^kind: /gm)?.length);
    },
  );
});
