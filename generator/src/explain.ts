import { compareObject, pairObjects } from './diff/objects.js';
import type { ObjectId } from './diff/model.js';
import { Failure } from './errors.js';
import { renderManifests } from './helm.js';
import { mergeLayers } from './layers.js';
import { formatPath, isObject, type Json, type JsonObject, type Path, type Schema } from './model.js';
import type { GeneratedEnvironment, Generator } from './pipeline.js';
import { printYaml } from './print-yaml.js';
import { propertiesOf, schemaAt } from './schema.js';
import { nearest } from './suggest.js';
import type { ValueOrigin } from './trace.js';

/** Everything that is known about one value. */
export interface Explanation {
  readonly environment: string;
  /** In the values of the chart, or in environment.yaml where the chart has no such value. */
  readonly path: string;
  /** Undefined where nobody says one. */
  readonly value: Json | undefined;
  /** Who says it, the deciding one first. */
  readonly origins: readonly {
    readonly stage: ValueOrigin['stage'];
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
}

/** Explains a value of the chart or of environment.yaml. Throws a Failure for a path that neither schema has. */
export async function explainValue(
  generator: Generator,
  environment: GeneratedEnvironment,
  path: Path,
  helm: string,
): Promise<Explanation> {
  const { contract, schemas } = generator;
  const value = valueAt(environment.values, path);
  const chart = schemaAt(contract.schema, path);
  const own = schemaAt(schemas.environment, path);
  const common = { environment: environment.name, path: formatPath(path) };
  if (chart !== undefined || value !== undefined) {
    const origins = value === undefined ? [] : environment.trace(path).map(toOrigin);
    const reaches = await findReach(generator, environment, [path], helm);
    return { ...common, value, origins, schema: keywords(chart), sets: [], reaches };
  }
  if (own === undefined) throw unknownPath(generator, path);
  const sets = environment.sources.filter(({ from }) => from[0] === 'environment' && isBelow(from.slice(1), path));
  const [first] = sets;
  const places = first === undefined ? [] : environment.trace(first.at).map(toOrigin);
  return {
    ...common,
    value: valueAt(environment.environment as unknown as Json, path),
    origins: places.filter(({ places: found }) => found.length > 0),
    schema: keywords(own),
    sets: sets.map(({ at }) => formatPath(at)),
    reaches: await findReach(
      generator,
      environment,
      sets.map(({ at }) => at),
      helm,
    ),
  };
}

function toOrigin({ stage, value, origins }: ValueOrigin): Explanation['origins'][number] {
  const places = origins.map(({ file, line, column, path }) => ({ file, line, column, path: formatPath(path) }));
  return { stage, value, places };
}

/** What a schema says about one value, without the schemas of what is inside it. */
function keywords(schema: Schema | undefined): Schema {
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
  return Object.fromEntries(Object.entries(schema ?? {}).filter(([key]) => !inner.includes(key)));
}

function unknownPath({ contract, schemas }: Generator, path: Path): Failure {
  const known = [contract.schema, schemas.environment].flatMap((root) => {
    const depth = path.findIndex((_, index) => schemaAt(root, path.slice(0, index + 1)) === undefined);
    const parent = path.slice(0, depth);
    return Object.keys(propertiesOf(schemaAt(root, parent) ?? {})).map((key) => formatPath([...parent, key]));
  });
  const meant = nearest(formatPath(path), known);
  const longest = Math.max(...known.map((name) => name.split('.').length));
  const deepest = known.filter((name) => name.split('.').length === longest);
  return new Failure(`neither the chart nor environment.yaml has "${formatPath(path)}"`, {
    hint: meant === undefined ? `there are: ${deepest.join(', ')}` : `did you mean "${meant}"?`,
  });
}

/** Renders the environment with other values at the paths, and tells which fields are other then. */
async function findReach(
  { project, contract }: Generator,
  environment: GeneratedEnvironment,
  paths: readonly Path[],
  helm: string,
): Promise<Explanation['reaches']> {
  const changes = paths.map((path) => {
    const other = otherValue(valueAt(environment.values, path), schemaAt(contract.schema, path));
    return path.reduceRight<Json>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), other);
  });
  if (changes.length === 0) return [];
  const values = mergeLayers({}, [environment.values, ...changes.filter(isObject)]);
  const files = environment.files.map((file) =>
    file.path.endsWith('/values.yaml') ? { ...file, text: printYaml(values) } : file,
  );
  const render = async (of: GeneratedEnvironment) => {
    const rendered = await Promise.all(
      of.components.map(async (component) => {
        const manifests = await renderManifests(helm, project, of, component, { skipSchema: true });
        return manifests.map((manifest) => ({ component: component.name, namespace: component.namespace, manifest }));
      }),
    );
    return rendered.flat();
  };
  const [before, after] = await Promise.all([render(environment), render({ ...environment, files })]);
  return pairObjects(before, after)
    .flatMap(compareObject)
    .map(({ kind, namespace, name, change, changes: fields }) => ({
      kind,
      ...(namespace !== undefined && { namespace }),
      name,
      fields: change === 'changed' ? fields.map(({ path }) => path) : [`the whole object is ${change}`],
    }));
}

/** Another value of the same kind, within the schema where that is easy to say. */
function otherValue(value: Json | undefined, schema: Schema = {}): Json {
  const allowed = Array.isArray(schema.enum) ? schema.enum.find((one) => one !== value) : undefined;
  if (allowed !== undefined) return allowed;
  const type = value === undefined || value === null ? schema.type : typeof value;
  if (type === 'boolean') return value !== true;
  if (type === 'number' || type === 'integer') return otherNumber(typeof value === 'number' ? value : 0, schema);
  if (Array.isArray(value) || type === 'array') return [...(Array.isArray(value) ? value : []), 'other'];
  if (isObject(value) || type === 'object') return otherObject(isObject(value) ? value : {}, schema);
  const examples = Array.isArray(schema.examples) ? schema.examples : [];
  return examples.find((example) => example !== value) ?? `${typeof value === 'string' ? value : ''}other`;
}

function otherNumber(value: number, { maximum }: Schema): number {
  return typeof maximum === 'number' && value + 1 > maximum ? value - 1 : value + 1;
}

function otherObject(value: JsonObject, schema: Schema): JsonObject {
  const keys = Object.keys({ ...propertiesOf(schema), ...value });
  if (keys.length === 0) return { other: 'other' };
  return Object.fromEntries(
    keys.map((key) => {
      const child = propertiesOf(schema)[key];
      return [key, otherValue(value[key], isObject(child) ? child : {})];
    }),
  );
}

function valueAt(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((node, step) => {
    if (Array.isArray(node)) return typeof step === 'number' ? node[step] : undefined;
    return isObject(node) ? node[step] : undefined;
  }, value);
}

function isBelow(path: Path, parent: Path): boolean {
  return parent.every((step, index) => path[index] === step);
}
