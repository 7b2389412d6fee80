import type { Finding, Place } from './errors.js';
import { mergeLayers } from './layers.js';
import type { EnvironmentSources } from './load.js';
import { formatPath, isObject, objectOf, type JsonObject, type Path, type Schema } from './model.js';
import { traceLayers, type Origin } from './trace.js';
import { checkSchema, type Problem } from './validate.js';

/** Schemas of the files that people and the delivery pipeline write. */
export interface InputSchemas {
  readonly environment: Schema;
  /** Undefined in a project whose environments have no image.yaml. */
  readonly images: Schema | undefined;
}

/** One environment as it was written: its layers merged, checked, and every default filled in. */
export interface Input {
  readonly name: string;
  readonly environment: JsonObject;
  readonly images: JsonObject;
  readonly findings: readonly Finding[];
  /** Where a value was written; the path starts with the document: `environment` or `images`. */
  readonly trace: (path: Path, of?: 'key' | 'value') => Origin[];
}

/** The keys of environment.yaml that are about the file itself: the files that extend it do not take them over. */
const OWN_KEYS = ['extends', 'abstract'];

/** Merges the layers of an environment and checks the result. */
export function checkInput(schemas: InputSchemas, { name, layers, images: imageSource }: EnvironmentSources): Input {
  const said = layers.map((source, index) => {
    const value = objectOf(source.value);
    return { source, value: index === layers.length - 1 ? value : without(value, OWN_KEYS) };
  });
  const written = layers.every(({ value }) => isObject(value));
  const merged = mergeLayers(
    schemas.environment,
    said.map(({ value }) => value),
  );
  const environment = checkSchema(schemas.environment, written ? merged : null);
  const images = schemas.images && checkSchema(schemas.images, imageSource?.value ?? null);

  const traceEnvironment = traceLayers(schemas.environment, said);
  const imageLayers = imageSource ? [{ source: imageSource, value: objectOf(imageSource.value) }] : [];
  const traceImages = traceLayers({}, imageLayers);
  const trace: Input['trace'] = ([document, ...path], of) => {
    if (document === 'environment') return traceEnvironment(path, of);
    return document === 'images' ? traceImages(path, of) : [];
  };
  const locate = (document: string, problems: readonly Problem[]): Finding[] =>
    problems.map((problem) => toFinding(problem, trace([document, ...problem.at], problem.of)));
  return {
    name,
    environment: environment.value,
    images: images?.value ?? {},
    findings: [...locate('environment', environment.problems), ...locate('images', images?.problems ?? [])],
    trace,
  };
}

/** Says of a problem in which file, line and column it stands, and what it overrides there. */
export function toFinding({ at, of: _, ...problem }: Problem, [first, ...overridden]: readonly Origin[]): Finding {
  if (first === undefined) return { ...problem, path: formatPath(at) };
  const { file, line, column, path } = first;
  const overrides = overridden.map((origin): Place => ({
    file: origin.file,
    line: origin.line,
    column: origin.column,
  }));
  return { ...problem, file, line, column, path: formatPath(path), ...(overrides.length > 0 && { overrides }) };
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
