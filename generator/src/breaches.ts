import type { Finding } from './errors.js';
import { toFinding, type Input } from './input.js';
import { formatPath, type JsonObject, type Path } from './model.js';
import type { Problem } from './problem.js';
import { checkRules } from './rules.js';
import type { Origin, ValueOrigin } from './trace.js';

/**
 * What does not hold between the values of an environment, each finding where a person can mend it: where the value was
 * written, else one that it is compared with, else the environment's own file. A value that is a problem by itself (`known`)
 * is left out.
 */
export function findBreaches(
  input: Input,
  values: JsonObject,
  trace: (path: Path) => readonly ValueOrigin[],
  known: readonly Problem[],
): Finding[] {
  const written = (path: Path): Origin[] => trace(path).flatMap(({ origins }) => origins);
  const isWritten = (path: Path): boolean => written(path).length > 0;
  const [own] = input.trace(['environment']);
  return checkRules({ environment: input.environment, images: input.images, values, isWritten })
    .filter(({ at }) => known.every((problem) => formatPath(problem.at) !== formatPath(at)))
    .map(({ in: document = 'values', with: others = [], severity = 'error', ...breach }) => {
      const places = [breach.at, ...others]
        .map((path) => (document === 'values' ? written(path) : input.trace([document, ...path])))
        .filter((origins) => origins.length > 0);
      // the environment's own file is what its author has at hand
      const place = places.find(([first]) => first?.file === own?.file) ?? places[0];
      return toFinding({ ...breach, severity, of: 'value' }, place ?? input.trace(['environment', ...breach.at]));
    });
}
