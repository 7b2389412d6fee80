import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { RENDERINGS } from './fixtures.js';
import { type Manifest, render, type Tree } from './helm.js';

interface Schemas {
  kinds: Record<string, string>;
  definitions: Tree;
}

const read = (name: string): Schemas =>
  JSON.parse(readFileSync(new URL(`generated/${name}.json`, import.meta.url), 'utf8')) as Schemas;

/** Validators of a Kubernetes release and of the custom resources, by `apiVersion/kind`. */
function validators(release: string): Map<string, ValidateFunction> {
  const found = new Map<string, ValidateFunction>();
  for (const schemas of [read(`kubernetes-${release}`), read('custom-resources')]) {
    const ajv = new Ajv({ strict: false, allErrors: true }).addSchema({ definitions: schemas.definitions }, 'schemas');
    for (const [kind, name] of Object.entries(schemas.kinds)) {
      found.set(kind, ajv.compile({ $ref: `schemas#/definitions/${name}` }));
    }
  }
  return found;
}

describe.each(['1.33', '1.36'])('the API of Kubernetes %s', (release) => {
  const kinds = validators(release);

  /** Every fault of a manifest; a kind without a schema is one. */
  function faults(manifest: Manifest): string[] {
    const name = `${manifest.apiVersion}/${manifest.kind}`;
    const validate = kinds.get(name);
    if (!validate) return [`no schema of ${name}: see extract-schemas.mjs`];
    validate(manifest);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${manifest.kind}/${manifest.metadata.name}${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }

  test.each(Object.entries(RENDERINGS))('knows every field of: %s', (_, options) => {
    const manifests = render(options);
    expect(manifests.length).toBeGreaterThan(4);
    expect(manifests.flatMap(faults)).toEqual([]);
  });

  test('between them the renderings have every kind of object that there is', () => {
    const rendered = Object.values(RENDERINGS).flatMap((options) => render(options).map(({ kind }) => kind));
    expect([...new Set(rendered)]).toEqual(
      expect.arrayContaining([
        'GRPCRoute',
        'HTTPRoute',
        'Ingress',
        'PodMonitor',
        'ScaledObject',
        'ServiceMonitor',
        'VMServiceScrape',
      ]),
    );
  });

  const pod = (spec: Tree): Manifest => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'lab', labels: {} },
    spec,
  });

  test.each<[string, Manifest]>([
    ['a field that is not there', pod({ containers: [{ name: 'c', imagePullpolicy: 'Always' }] })],
    ['a value of another type', pod({ containers: [{ name: 'c' }], terminationGracePeriodSeconds: '30' })],
    ['a missing field', pod({ containers: [{ image: 'a' }] })],
    ['an unknown kind', { ...pod({}), kind: 'Pods' }],
    [
      'an unknown field of a custom resource',
      { ...pod({ hostnams: [] }), apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
    ],
  ])('refuses %s', (_, manifest) => {
    expect(faults(manifest)).toHaveLength(1);
  });
});
