import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPARED = readFileSync(join(ROOT, 'docs/charts-compared.md'), 'utf8');
const PAGES = ['.', 'docs', 'docs/values', 'charts/ml-platform', 'bench'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** Where the links of a text lead that stay in this repository; what stands in code is no link. */
const links = (text: string): string[] =>
  [...text.replaceAll(/```[^]*?```|`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => (target ?? '').replace(/#.*/, ''))
    .filter((target) => target !== '' && !/^\w+:/.test(target));

test.each(PAGES)('every link of %s leads somewhere', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const missing = links(text).filter((target) => !existsSync(join(ROOT, dirname(page), target)));
  expect(missing).toEqual([]);
});

test('each of our cells in the comparison leads to a test', () => {
  const rows = COMPARED.split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    const [, name = '', ours = ''] = row.split('|');
    const tests = links(ours).map((target) => relative(ROOT, join(ROOT, 'docs', target)));
    expect(
      tests.filter((path) => /\.test\.ts$|^charts\/test$/.test(path)),
      name,
    ).not.toEqual([]);
  }
});
