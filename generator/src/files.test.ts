import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../test/fakes.js';
import { readIfThere, watchFolders, writeAllAtomic } from './files.js';

test('what cannot be read is told with its path and why', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'a.yaml'));
  expect(() => readIfThere(root, 'a.yaml')).toThrow('cannot read a.yaml: it is a folder');
});

test('all files are written or none', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'a'), 'before');
  await mkdir(join(root, 'z'));
  const files = ['a', 'new/folder/b', 'z'].map((path) => ({ path, text: 'after' }));
  expect(() => {
    writeAllAtomic(root, files);
  }).toThrow('cannot write z: it is a folder');
  expect(await readdir(root)).toEqual(['a', 'z']);
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('before');

  writeAllAtomic(root, files.slice(0, 2));
  expect(await readdir(root, { recursive: true })).toEqual(['a', 'new', 'z', 'new/folder', 'new/folder/b']);
});

describe('a watch', () => {
  /** Watches `folder` and gives what asks whether it has noticed anything since the last time. */
  async function watch(root: string, folder: string): Promise<() => Promise<void>> {
    const changes = watchFolders(root, () => [folder], new AbortController().signal);
    onTestFinished(async () => {
      await changes.return(undefined);
    });
    await changes.next();
    return async () => {
      expect(await changes.next()).toEqual({ done: false, value: undefined });
    };
  }

  test('notices a file that is put in the place of another, again and again', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'in/deep'), { recursive: true });
    await writeFile(join(root, 'in/deep/a'), '0');
    const noticed = await watch(root, 'in');
    for (const text of ['1', '2', '3']) {
      await writeFile(join(root, 'in/deep/temporary'), text);
      await noticed();
      await rename(join(root, 'in/deep/temporary'), join(root, 'in/deep/a'));
      await noticed();
    }
  });

  test('notices files in a folder that is new, and in one that went and came again', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a/in'), { recursive: true });
    const noticed = await watch(root, 'a/in');
    await mkdir(join(root, 'a/in/new'));
    await noticed();
    await writeFile(join(root, 'a/in/new/file'), '');
    await noticed();
    await rm(join(root, 'a'), { recursive: true });
    await noticed();
    await mkdir(join(root, 'a/in'), { recursive: true });
    await noticed();
    await writeFile(join(root, 'a/in/file'), '');
    await noticed();
  });
});
