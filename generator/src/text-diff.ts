import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, from what it is to what it should be. */
export function unifiedDiff(path: string, before: string, after: string): string {
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, '', '', { context: 3 })
    .split('\n')
    .slice(1) // the rule above the header
    .join('\n')
    .trimEnd();
}
