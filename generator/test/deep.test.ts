import { appendFile, cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { init } from '../src/commands/init.js';
import { validate } from '../src/commands/validate.js';
import { checkChart } from '../src/deep/deep.js';
import { Failure } from '../src/errors.js';
import { exists } from '../src/files.js';
import { formatFindings } from '../src/report.js';
import { findHelm } from '../src/tools.js';
import { temporaryFolder } from './fakes.js';
import { collect, copyProject } from './project.js';

const CASES = join(import.meta.dirname, 'cases/deep');
/** A chart is rendered some dozens of times. */
const TIMEOUT = 900_000;

const silent = (): void => undefined;

/** A case is a chart in a folder, and the whole text of what is found in it. */
describe('the values of a chart', async () => {
  test.each(await readdir(CASES))(
    '%s',
    async (name) => {
      const root = await temporaryFolder();
      await cp(join(CASES, name), join(root, name), { recursive: true });
      const { context } = collect(root);
      const tools = await findHelm(context);
      const { findings, undecided } = await checkChart({ ...tools, root, chart: name, sets: [], progress: silent });
      const messages = formatFindings(root, findings, context.terminal.style);
      const report = `${messages === '' ? '' : `${messages}\n`}undecided: ${undecided.join(', ')}\n`;
      const expected = join(CASES, name, 'expected.txt');
      if (process.env.UPDATE_CASES === '1') await writeFile(expected, report);
      expect(report).toBe(await readFile(expected, 'utf8'));
    },
    TIMEOUT,
  );
});

describe('brolly validate --deep', () => {
  test(
    'finds nothing in our own chart',
    async () => {
      const { context, err } = collect(await copyProject());
      expect(await validate(context, { deep: true })).toBe(0);
      expect(err()).toMatch(/charts\/ml-platform: \d+ values, 0 findings\n/);
    },
    TIMEOUT,
  );

  test(
    'keeps a report until the chart changes',
    async () => {
      const root = await temporaryFolder();
      await cp(join(CASES, 'dead'), join(root, 'dead'), { recursive: true });
      const tools = await findHelm(collect(root).context);
      const options = { ...tools, root, chart: 'dead', sets: [], progress: silent };
      const first = await checkChart(options);
      const without = { ...options, helm: 'no-such-program' };
      expect(await checkChart(without)).toEqual(first);
      await writeFile(join(root, 'dead/values.yaml'), 'replicas: 1\n');
      await expect(checkChart(without)).rejects.toThrow('no-such-program');
    },
    TIMEOUT,
  );

  test(
    'tells what it finds beside what is found in the environments',
    async () => {
      const root = await temporaryFolder();
      await cp(join(CASES, 'dead'), join(root, 'dead'), { recursive: true });
      await init(collect(root).context, { environment: 'dev' });
      await appendFile(join(root, 'environments/dev/environment.yaml'), 'values: {\n  replicas: 0b1\n}\n');
      const { context, out, err } = collect(root);
      expect(await validate(context, { deep: true })).toBe(0);
      expect(err()).toContain('[ambiguous-scalar]');
      expect(err()).toContain('[dead-value]');
      expect(out()).toMatch(/^1 environment valid: dev, \d+ warnings\n$/);
      expect(await validate(context, { deep: ['dead'], strict: true })).toBe(1);
      await expect(validate(context, { deep: ['dev'] })).rejects.toMatchObject({
        message: 'dev is an environment, and what follows --deep are folders of charts',
        hint: 'name it first: brolly validate dev --deep',
      });
    },
    TIMEOUT,
  );

  test('says where there is no chart', async () => {
    const root = await temporaryFolder();
    const options = { helm: 'helm', helmVersion: 'v4.0.0', root, chart: 'nowhere', sets: [], progress: silent };
    const error: unknown = await checkChart(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toBe('there is no chart in nowhere');
    expect(await exists(root, '.brolly')).toBe(false);
  });
});
