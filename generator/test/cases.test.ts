import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isError, type Finding } from '../src/errors.js';
import { readIfThere } from '../src/files.js';
import { objectOf } from '../src/model.js';
import { attempt, openGenerator, type Generator } from '../src/pipeline.js';
import { loadProject } from '../src/project.js';
import { reportFindings } from '../src/report/formats.js';
import { parseYaml } from '../src/yaml.js';
import { collect, copyRepository } from './project.js';

/**
 * A case is a folder named after what it shows. It holds the files of the environment minikube-ci that differ from the
 * repository's, folders of other environments that it extends, and what is expected: `findings.txt`, the whole message, and
 * for a valid case `expected.yaml`, a part of the values. UPDATE_CASES=1 writes the messages.
 */
const CASES = join(import.meta.dirname, 'cases');

const casesOf = (kind: string): Promise<string[]> => readdir(join(CASES, kind));

/** The files that a case may bring along, all in one copy of the repository that every case starts from. */
const FILES = [
  'minikube-ci/environment.yaml',
  'minikube-ci/image.yaml',
  'base/environment.yaml',
  'common/environment.yaml',
];

let root: string;
let generator: Generator;
let before: Map<string, string>;

beforeAll(async () => {
  root = await copyRepository();
  for (const name of ['base', 'common']) {
    await mkdir(join(root, 'environments', name));
    await writeFile(join(root, 'environments', name, 'environment.yaml'), 'abstract: true\n');
  }
  before = new Map(FILES.map((file) => [file, readFileSync(join(root, 'environments', file), 'utf8')]));
  generator = openGenerator(await loadProject(root));
});
afterAll(() => rm(root, { recursive: true }));

/** What comes of minikube-ci with the files of a case. */
function generateCase(folder: string): ReturnType<typeof attempt> {
  for (const [file, text] of before) {
    const own = readIfThere(folder, file.replace('minikube-ci/', ''));
    writeFileSync(join(root, 'environments', file), own ?? text);
  }
  return attempt(generator, 'minikube-ci');
}

async function expectFindings(folder: string, findings: readonly Finding[]): Promise<void> {
  const report = reportFindings(root, findings, 'text', collect(root).context.terminal.style);
  const message = report === '' ? '' : `${report}\n`;
  const file = 'findings.txt';
  if (process.env.UPDATE_CASES === '1' && message !== '') await writeFile(join(folder, file), message);
  expect(message).toBe(readIfThere(folder, file) ?? '');
}

describe('an invalid environment is refused', async () => {
  test.each(await casesOf('invalid'))('%s', async (name) => {
    const folder = join(CASES, 'invalid', name);
    const { environment, findings } = generateCase(folder);
    expect(environment).toBeUndefined();
    expect(findings.some(isError)).toBe(true);
    await expectFindings(folder, findings);
  });

  test('in sixty ways at least', async () => {
    expect((await casesOf('invalid')).length).toBeGreaterThanOrEqual(60);
  });
});

describe('a valid environment is accepted', async () => {
  test.each(await casesOf('valid'))('%s', async (name) => {
    const folder = join(CASES, 'valid', name);
    const { environment, findings } = generateCase(folder);
    expect(findings).toEqual([]);
    const expected = parseYaml(await readFile(join(folder, 'expected.yaml'), 'utf8'), 'expected.yaml').value;
    expect(environment?.values).toMatchObject(objectOf(expected));
    expect(expected).not.toEqual({});
    await expectFindings(folder, environment?.warnings ?? []);
  });
});
