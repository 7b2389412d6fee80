import { ServingError } from './model-server.js';

/** Problems named in one answer: a client with more of them has one cause for all. */
const MAX_PROBLEMS = 10;

/** The request does not fit. */
export const invalid = (message: string): ServingError => new ServingError('invalid', message);

/** The request does not fit, for these reasons. */
export function invalidFor(problems: readonly string[]): ServingError {
  const more = problems.length > MAX_PROBLEMS ? [`${String(problems.length - MAX_PROBLEMS)} more`] : [];
  return invalid([...problems.slice(0, MAX_PROBLEMS), ...more].join('; '));
}

/**
 * Applies `step` to each item.
 * @throws ServingError invalid with the problems of all items, each after the name of its item
 */
export function each<T, R>(
  items: readonly T[],
  nameOf: (item: T, i: number) => string,
  step: (item: T, i: number) => R,
): R[] {
  const problems: string[] = [];
  const results = items.flatMap((item, i) => {
    try {
      return [step(item, i)];
    } catch (error) {
      if (!(error instanceof ServingError)) throw error;
      problems.push(`${nameOf(item, i)} ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw invalidFor(problems);
  return results;
}
