import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../src/fields.js';
import { mergeLayers } from '../src/layers.js';
import { isObject, objectOf, type Json, type JsonObject, type Path, type Schema } from '../src/model.js';
import { attempt, openGenerator, type GeneratedEnvironment, type Generator } from '../src/pipeline.js';
import { printYaml } from '../src/print-yaml.js';
import { loadProject } from '../src/project.js';
import { propertiesOf, resolveRef } from '../src/schema.js';
import { checkSchema } from '../src/validate.js';
import { REPOSITORY, copyRepository } from './project.js';

const CHART = join(REPOSITORY, 'charts/ml-platform');
const NAME = 'minikube-ci';
const HELMS = [process.env.HELM ?? 'helm', process.env.HELM3 ?? 'helm3'].filter(
  (helm) => spawnSync(helm, ['version']).status === 0,
);

let root: string;
let generator: Generator;
beforeAll(async () => {
  root = await copyRepository();
  generator = openGenerator(await loadProject(root));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

/** These need other files, or hold whatever the chart takes. */
const LEFT_OUT = ['extends', 'abstract', 'production', 'values'];

/** Any value that a schema allows, as far as a schema alone can tell. */
function arbitraryOf(whole: Schema, schema: Schema): fc.Arbitrary<Json> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(propertiesOf(schema)).filter(([key]) => !LEFT_OUT.includes(key));
      const record = properties.map(([key, property]): [string, fc.Arbitrary<Json>] => [
        key,
        arbitraryOf(whole, resolveRef(whole, property)),
      ]);
      const requiredKeys = Array.isArray(schema.required) ? schema.required.map(String) : [];
      return fc.record(Object.fromEntries(record), { requiredKeys });
    }
    case 'integer':
      return fc.integer({ min: Number(schema.minimum), max: Number(schema.maximum) });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return fc
        .stringMatching(new RegExp(textOf(schema.pattern)))
        .filter((text) => text.length <= Number(schema.maxLength ?? Infinity));
    default:
      throw new Error(`no values are made for the type ${JSON.stringify(schema.type)}`);
  }
}

const environments = (): fc.Arbitrary<JsonObject> => {
  const { environment } = generator.schemas;
  return arbitraryOf(environment, environment).map(objectOf);
};

/** What is generated for an environment; undefined when it is refused. */
function generate(environment: JsonObject): GeneratedEnvironment | undefined {
  writeFileSync(join(root, `environments/${NAME}/environment.yaml`), printYaml(environment));
  return attempt(generator, NAME).environment;
}

function reversed(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  );
}

describe('any environment', () => {
  test('comes out the same twice, and in whatever order its keys stand; nothing shared changes', () => {
    const before = JSON.stringify([generator.schemas, generator.contract]);
    let accepted = 0;
    fc.assert(
      fc.property(environments(), (environment) => {
        const [once, twice, turned] = [
          generate(environment),
          generate(environment),
          generate(objectOf(reversed(environment))),
        ];
        if (once !== undefined) accepted += 1;
        expect(twice?.files).toEqual(once?.files);
        expect(turned?.files).toEqual(once?.files);
      }),
      { numRuns: 30 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(JSON.stringify([generator.schemas, generator.contract])).toBe(before);
  }, 120_000);

  test('that is accepted passes helm lint --strict', () => {
    expect(HELMS).not.toEqual([]);
    const accepted = fc
      .sample(environments(), 40)
      .flatMap((environment) => generate(environment) ?? [])
      .slice(0, 6);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { values } of accepted) {
      for (const helm of HELMS) {
        const { status, stdout } = spawnSync(helm, ['lint', '--strict', CHART, '--values', '-'], {
          input: printYaml(values),
          encoding: 'utf8',
        });
        expect([helm, status, status === 0 ? '' : stdout, values]).toEqual([helm, 0, '', values]);
      }
    }
  }, 240_000);
});

/** Paths of everything in a value, outermost first. */
function pathsIn(value: Json, at: Path = []): Path[] {
  if (!isObject(value)) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => pathsIn(child, [...at, key]))];
}

function replaceAt(value: Json, [step, ...rest]: Path, by: Json): Json {
  if (step === undefined) return by;
  const parent = objectOf(value);
  return { ...parent, [String(step)]: replaceAt(parent[String(step)] ?? null, rest, by) };
}

describe.each(HELMS)('what the schema check of %s refuses', (helm) => {
  test('is refused here first', () => {
    const values = objectOf(generator.contract.defaults);
    const paths = pathsIn(values).filter((path) => path.length > 0);
    const wrong = fc.oneof(
      fc.constantFrom<Json>('', 'no such value', 'ÄÖ_', -1, 0.5, 1e9, true, null, [], ['x', 'x'], { unknown: 1 }),
      fc.string(),
      fc.integer(),
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), wrong), { minLength: 1, maxLength: 2 }), (mutations) => {
        const mutated = mutations.reduce<Json>((whole, [path, by]) => replaceAt(whole, path, by), values);
        const { status, stderr } = spawnSync(helm, ['template', 'x', CHART, '--values', '-'], {
          input: JSON.stringify(mutated),
          encoding: 'utf8',
        });
        const bySchema = status !== 0 && stderr.includes('meet the specifications of the schema');
        if (!bySchema) return;
        refused += 1;
        const merged = mergeLayers(generator.contract.schema, [values, objectOf(mutated)]);
        expect(checkSchema(generator.contract.schema, merged).problems).not.toEqual([]);
      }),
      { numRuns: 25 },
    );
    expect(refused).toBeGreaterThan(5);
  }, 240_000);
});
