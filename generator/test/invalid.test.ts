import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FindingsError } from '../src/errors.js';
import { readIfThere } from '../src/files.js';
import { formatFinding, sortFindings } from '../src/report.js';
import { collect, copyProject, generateAt } from './project.js';

const CASES = join(import.meta.dirname, 'cases/invalid');

/** A case is a folder named after its rule: the input files that differ from a valid environment, and the whole message. */
describe('an invalid environment is refused with', async () => {
  test.each(await readdir(CASES))('%s', async (name) => {
    const root = await copyProject();
    const folder = join(CASES, name);
    for (const file of ['environment.yaml', 'image.yaml']) {
      const text = readIfThere(folder, file);
      if (text !== undefined) await writeFile(join(root, 'environments/minikube-ci', file), text);
    }
    const error: unknown = await generateAt(root, ['minikube-ci']).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof FindingsError)) throw new Error(`expected findings, got ${String(error)}`);
    const { style } = collect(root).context.terminal;
    const messages = sortFindings(error.findings).map((finding) => {
      const text = readIfThere(root, finding.file ?? '');
      return formatFinding(finding, style, text?.split('\n')[(finding.line ?? 0) - 1]);
    });
    const expected = join(folder, 'expected.txt');
    if (process.env.UPDATE_CASES === '1') await writeFile(expected, `${messages.join('\n')}\n`);
    expect(`${messages.join('\n')}\n`).toBe(await readFile(expected, 'utf8'));
  });
});
