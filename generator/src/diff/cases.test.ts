import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json, Schema } from '../model.js';
import { createTerminal } from '../terminal.js';
import { checkSchema } from '../validate.js';
import { parseManifests } from '../yaml.js';
import { diffSides } from './diff.js';
import type { DiffReport } from './model.js';
import type { Side } from './side.js';
import { formatText } from './text.js';

const folder = join(import.meta.dirname, 'cases');
const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/diff.schema.json'), 'utf8')) as Schema;
const { style } = createTerminal(process, { NO_COLOR: '1' });

function read(path: string): Side {
  const manifests = parseManifests(readFileSync(path, 'utf8'));
  return { values: {}, objects: manifests.map((manifest) => ({ component: 'app', namespace: 'ns', manifest })) };
}

/** The tags' key is random: they are numbered in the order in which they appear. */
function numberTags(text: string): string {
  const tags = [...new Set(text.match(/#[0-9a-f]+›/g))];
  return tags.reduce((numbered, tag, index) => numbered.replaceAll(tag, `#${String(index + 1)}›`), text);
}

// each folder holds the manifests of both sides and what is printed about them
describe('cases', () => {
  it.each(readdirSync(folder))('%s', async (name) => {
    const [from, to] = [read(join(folder, name, 'base.yaml')), read(join(folder, name, 'head.yaml'))];
    const environments = diffSides([{ name: 'env', from, to }]);
    const report: DiffReport = { version: 1, base: { ref: 'base' }, head: { ref: 'head' }, environments };
    expect(checkSchema(schema, JSON.parse(JSON.stringify(report)) as Json).problems).toEqual([]);
    const text = formatText(report, style);
    await expect(`${numberTags(text).trimEnd()}\n`).toMatchFileSnapshot(join(folder, name, 'expected.txt'));
  });
});
