import { compare } from './diff/compare.js';
import { compareObject, pairObjects, requireName, type Rendered } from './diff/objects.js';
import type { ObjectId } from './diff/model.js';
import { Failure } from './errors.js';
import { renderManifests } from './helm.js';
import { findPath } from './known-paths.js';
import { formatPath, isObject, objectOf, type Json, type JsonObject, type Path, type Schema } from './model.js';
import type { GeneratedEnvironment, Generator } from './pipeline.js';
import { otherValue } from './other-value.js';
import { printYaml } from './print-yaml.js';
import type { Origin, ValueOrigin } from './trace.js';
import { parseManifests } from './yaml.js';

/** Everything that is known about one value. */
export interface Explanation {
  readonly environment: string;
  /** In the values of the chart, or in environment.yaml where the chart has no such value. */
  readonly path: string;
  /** Undefined where nobody says one. */
  readonly value: Json | undefined;
  /** Who says it, the deciding one first. */
  readonly origins: readonly {
    /** `environment` and `schema`: of a value of environment.yaml, a person or the default of its schema. */
    readonly stage: ValueOrigin['stage'] | 'environment' | 'schema';
    readonly value: Json;
    readonly places: readonly {
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly path: string;
    }[];
  }[];
  /** What it may be: the keywords of its schema. */
  readonly schema: Schema & { readonly description?: string };
  /** For a value of environment.yaml: the values of the chart that follow from it. */
  readonly sets: readonly string[];
  /** The fields of manifests that are other when the value is. */
  readonly reaches: readonly (ObjectId & { readonly fields: readonly string[] })[];
  /** Why it cannot be told what the value reaches. */
  readonly problem?: string;
}

/**
 * Explains a value of the chart or of environment.yaml: with another value, everything that follows is made again and
 * compared. Throws a Failure for a path that neither schema has. `beforeRendering` is called once that is known.
 */
export async function explainValue(
  generator: Generator,
  environment: GeneratedEnvironment,
  given: Path,
  helm: string,
  beforeRendering: () => void,
): Promise<Explanation> {
  const { path, own, chart } = findPath(generator, given);
  const inputs = environment.environment as unknown as JsonObject; // as it was written, with defaults
  const ofChart = chart !== undefined;
  const value = valueAt(ofChart ? environment.values : inputs, path);
  const schema = chart ?? own ?? {};
  const other = otherValue(value, schema);
  const varied = ofChart
    ? withValues(environment, objectOf(setAt(environment.values, path, other)))
    : environment.vary(objectOf(setAt(inputs, path, other)));
  beforeRendering();
  return {
    ...{ environment: environment.name, path: formatPath(path), value },
    origins:
      value === undefined ? [] : ofChart ? environment.trace(path).map(toOrigin) : originsOf(environment, path, value),
    schema: keywords(schema),
    sets: ofChart ? [] : compare(environment.values, varied.values).map((change) => change.path),
    ...(await findReach(generator, environment, varied, helm)),
  };
}

function toOrigin({ stage, value, origins }: ValueOrigin): Explanation['origins'][number] {
  return { stage, value, places: origins.map(toPlace) };
}

function toPlace({ file, line, column, path }: Origin): Explanation['origins'][number]['places'][number] {
  return { file, line, column, path: formatPath(path) };
}

/** Who says a value of environment.yaml: the files that hold it, or its schema. */
function originsOf({ traceInput }: GeneratedEnvironment, path: Path, value: Json): Explanation['origins'] {
  const said = traceInput(path).filter((origin) => origin.value !== undefined);
  return [{ stage: said.length > 0 ? 'environment' : 'schema', value, places: said.map(toPlace) }];
}

/** What a schema says about one value, without the schemas of what is inside it. */
function keywords(schema: Schema): Schema {
  const inner = [
    'properties',
    'items',
    'required',
    'additionalProperties',
    'definitions',
    '$schema',
    'allOf',
    'if',
    'then',
  ];
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !inner.includes(key)));
}

function withValues(environment: GeneratedEnvironment, values: JsonObject): GeneratedEnvironment {
  const files = environment.files.map((file) =>
    file.path.endsWith('/values.yaml') ? { ...file, text: printYaml(values) } : file,
  );
  return { ...environment, values, files };
}

/** The fields of all manifests that differ between two versions of an environment. */
async function findReach(
  { project }: Generator,
  before: GeneratedEnvironment,
  after: GeneratedEnvironment,
  helm: string,
): Promise<Pick<Explanation, 'reaches' | 'problem'>> {
  const render = async (of: GeneratedEnvironment): Promise<Rendered[]> => {
    const rendered = of.components.map(async (component) => {
      const manifests = await renderManifests(helm, project, of, component, { skipSchema: true });
      const { name, namespace } = component;
      return manifests.map((manifest) => ({
        ...{ component: name, namespace },
        manifest: requireName(manifest, `the release ${name}`),
      }));
    });
    const applications = of.files
      .filter(({ path }) => !path.endsWith('/values.yaml'))
      .flatMap(({ text }) => parseManifests(text))
      .map((manifest) => ({ component: 'argocd', namespace: 'argocd', manifest }));
    return [...applications, ...(await Promise.all(rendered)).flat()];
  };
  const first = await render(before);
  try {
    const reaches = pairObjects(first, await render(after))
      .flatMap(compareObject)
      .map(({ kind, namespace, name, change, changes }) => ({
        kind,
        ...(namespace !== undefined && { namespace }),
        name,
        fields: change === 'changed' ? changes.map(({ path }) => path) : [`the whole object is ${change}`],
      }));
    return { reaches };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { reaches: [], problem: [error.message, error.hint].filter((part) => part !== undefined).join('\n') };
  }
}

function valueAt(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((node, step) => {
    if (Array.isArray(node)) return typeof step === 'number' ? node[step] : undefined;
    return isObject(node) ? node[step] : undefined;
  }, value);
}

/** A copy with another value at a path; an item beyond the end of a list is put there. */
function setAt(node: Json | undefined, [step, ...rest]: Path, value: Json): Json {
  if (step === undefined) return value;
  if (typeof step === 'string') return { ...objectOf(node), [step]: setAt(objectOf(node)[step], rest, value) };
  const list = Array.isArray(node) ? node : [];
  const index = Math.min(step, list.length);
  return [...list.slice(0, index), setAt(list[index], rest, value), ...list.slice(index + 1)];
}
