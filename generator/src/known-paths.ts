import { Failure } from './errors.js';
import { formatPath, type Path, type Schema } from './model.js';
import type { Generator } from './pipeline.js';
import { propertiesOf, schemaAt } from './schema.js';
import { nearest } from './suggest.js';

/** A path of environment.yaml or of the chart's values as a person gives it: values may stand below `values`, as in the file. */
export interface KnownPath {
  /** In environment.yaml: its own word for something. Undefined where it has none. */
  readonly own: Schema | undefined;
  /** In the chart's values. */
  readonly chart: Schema | undefined;
  /** In the chart's values, or in environment.yaml where only that has it. */
  readonly path: Path;
}

/** What the schemas say of a path; a Failure with a suggestion where neither has it. */
export function findPath({ schemas, contract }: Pick<Generator, 'schemas' | 'contract'>, given: Path): KnownPath {
  const path = given[0] === 'values' && given.length > 1 ? given.slice(1) : given;
  const own = path === given ? schemaAt(schemas.environment, path) : undefined;
  const chart = schemaAt(contract.schema, path);
  if (own === undefined && chart === undefined) throw unknownPath([contract.schema, schemas.environment], path);
  return { own, chart, path };
}

/** The known keys are those in the place of the first step that the path has wrong. */
function unknownPath(roots: readonly Schema[], path: Path): Failure {
  const depths = roots.map((root) => path.findIndex((_, at) => schemaAt(root, path.slice(0, at + 1)) === undefined));
  const depth = Math.max(...depths);
  const before = path.slice(0, depth);
  const known = roots.flatMap((root) => Object.keys(propertiesOf(schemaAt(root, before) ?? {})));
  const meant = nearest(String(path[depth]), known);
  const hint =
    meant === undefined
      ? `there are: ${[...new Set(known)].map((key) => formatPath([...before, key])).join(', ')}`
      : `did you mean "${formatPath([...before, meant, ...path.slice(depth + 1)])}"?`;
  const message = `neither the chart nor environment.yaml has "${formatPath(path)}"`;
  return new Failure(message, known.length === 0 ? {} : { hint });
}
