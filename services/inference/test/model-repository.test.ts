import { appendFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Readiness } from '../dist/health/readiness.js';
import { addVersion, editManifest, floats, hashed, serve, type Serving } from './models.js';

let serving: Serving | undefined;
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
});

const start = async (...options: Parameters<typeof serve>): Promise<Serving> => (serving = await serve(...options));
/** The version that answers. */
const versionOf = async ({ runtime }: Serving, version?: string) => {
  const inputs = [floats('x', [1, 3], 0, 0, 0), floats('shift', [1, 1], 5)];
  return (await runtime.infer({ model: 'affine', version, inputs })).version;
};
const stateOf = ({ runtime }: Serving, name: string) =>
  runtime
    .index()
    .filter((entry) => entry.name === name)
    .map(({ version, state, reason }) => [version, state, reason]);
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  );

describe('versions', () => {
  const several = async (folder: string) => {
    for (const version of ['2', '10']) await addVersion(folder, 'affine', version);
  };

  it('serves the newest, by number', async () => {
    const s = await start({}, several);
    expect(s.runtime.metadata('affine').versions).toEqual(['10']);
    expect(await versionOf(s)).toBe('10');
  });

  it('serves as many as configured and has the default that is configured', async () => {
    const s = await start({ models: { required: [], versions: 2, defaultVersions: { affine: '1' } } }, several);
    expect(s.runtime.metadata('affine').versions).toEqual(['10', '2', '1']);
    expect(await versionOf(s)).toBe('1');
    expect(await versionOf(s, '2')).toBe('2');
  });

  it('serves all', async () => {
    const s = await start({ models: { required: [], versions: 0 } }, several);
    expect(s.runtime.metadata('affine').versions).toEqual(['10', '2', '1']);
    expect(s.runtime.manifests().map(({ name, version }) => `${name} ${version}`)).toContain('affine 2');
  });

  it('does not start when the default is not there, or a version is there twice', async () => {
    expect(await messageOf(start({ models: { required: [], defaultVersions: { affine: '3' } } }))).toBe(
      'model affine: config.models.defaultVersions says 3, and there is 1',
    );
    const twice = (folder: string) => addVersion(folder, 'affine', 'v1.0');
    expect(await messageOf(start({}, twice))).toMatch(/model affine: .*affine\/(v1\.0|1) and .* are the same version/);
  });
});

it('serves models of further folders beside those of its own, and other versions of the same', async () => {
  const more = await mkdtemp(join(tmpdir(), 'more-models-'));
  const s = await start({ models: { required: [], folders: [more], versions: 0 } }, async (folder) => {
    await rename(join(folder, 'total'), join(more, 'total'));
    await addVersion(folder, 'affine', '2');
    await mkdir(join(more, 'affine'));
    await rename(join(folder, 'affine', '2'), join(more, 'affine', '2'));
  });
  expect(s.runtime.isReady('total')).toBe(true);
  expect(s.runtime.metadata('affine').versions).toEqual(['2', '1']);
  await rm(more, { recursive: true });
});

describe('what is not as it should be', () => {
  const home = (folder: string, name: string) => join(folder, name, '1');
  it.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    [
      'a file that was changed',
      (folder) => appendFile(join(home(folder, 'outside'), 'weights.bin'), 'x'),
      /model outside 1: .*weights\.bin has the SHA-256 [0-9a-f]{64}, its manifest says [0-9a-f]{64}/,
    ],
    [
      'a file that is a link',
      async (folder) => {
        const file = join(home(folder, 'outside'), 'weights.bin');
        await rename(file, `${file}.real`);
        await symlink(`${file}.real`, file);
      },
      /model outside 1: .*weights\.bin is a link/,
    ],
    ['a model that is a link', (folder) => symlink(join(folder, 'affine'), join(folder, 'linked')), /linked is a link/],
    [
      'external data that the manifest does not list',
      async (folder) =>
        editManifest(home(folder, 'outside'), { files: await hashed(home(folder, 'outside'), 'model.onnx') }),
      /model outside 1: model\.onnx keeps data in "weights\.bin"; that must be a file beside it that the manifest lists/,
    ],
    [
      'a file that is no model',
      async (folder) => {
        await writeFile(join(home(folder, 'total'), 'model.onnx'), 'no model');
        await editManifest(home(folder, 'total'), { files: await hashed(home(folder, 'total'), 'model.onnx') });
      },
      /model total 1: .*protobuf/i,
    ],
    [
      'a manifest with several problems',
      (folder) =>
        editManifest(home(folder, 'total'), { version: 'new', files: [{ path: '../x', sha256: 'abc' }], colour: 1 }),
      /model total 1: .*manifest\.json is not valid:\n {2}colour: is not known here.*\n {2}version: .*\n {2}files\[0\]\.path: .*\n {2}files\[0\]\.sha256:/,
    ],
    [
      'a manifest that is not JSON',
      (folder) => writeFile(join(home(folder, 'total'), 'manifest.json'), '{'),
      /manifest\.json is not JSON/,
    ],
    [
      'a manifest of another model',
      (folder) => editManifest(home(folder, 'total'), { name: 'sum' }),
      /is of sum 1, its folders say total 1/,
    ],
    ['a model without a version', (folder) => mkdir(join(folder, 'empty')), /empty holds no version/],
    [
      'an input that the graph does not have',
      (folder) => editManifest(home(folder, 'total'), { inputs: [{ name: 'z', type: 'float32', shape: [1] }] }),
      /model total 1: its manifest names the inputs z; the graph has x/,
    ],
  ])('%s', async (_, change, message) => {
    expect(await messageOf(start({}, change))).toMatch(message);
  });

  it('is told of every model at once', async () => {
    const change = async (folder: string) => {
      await appendFile(join(home(folder, 'total'), 'model.onnx'), 'x');
      await rm(join(home(folder, 'affine'), 'model.onnx'));
    };
    const message = await messageOf(start({}, change));
    expect(message).toMatch(/model affine 1: .*ENOENT/);
    expect(message).toMatch(/model total 1: .*SHA-256/);
  });
});

describe('readiness', () => {
  const obstacle = ({ app }: Serving) => app.get(Readiness).obstacle;

  it('is false without a model', async () => {
    const s = await start({}, (folder) => rm(folder, { recursive: true }).then(() => mkdir(folder)));
    expect(obstacle(s)).toBe('there is no model');
  });

  it('is false without a model that is required, and names it', async () => {
    const s = await start({ models: { required: ['affine', 'total', 'absent'] } });
    expect(obstacle(s)).toBe('not loaded: absent');
  });

  it('follows the loading and unloading of required models only', async () => {
    const s = await start({ models: { required: ['affine'] } });
    expect(obstacle(s)).toBeUndefined();
    await s.runtime.unload('total');
    expect(obstacle(s)).toBeUndefined();
    await s.runtime.unload('affine');
    expect(obstacle(s)).toBe('not loaded: affine');
    await s.runtime.load('affine');
    expect(obstacle(s)).toBeUndefined();
  });
});

describe('load and unload', () => {
  it('takes a model out and brings it back', async () => {
    const s = await start();
    await s.runtime.unload('affine');
    expect(s.runtime.isReady('affine')).toBe(false);
    expect(stateOf(s, 'affine')).toEqual([['1', 'UNAVAILABLE', 'unloaded']]);
    await expect(versionOf(s)).rejects.toMatchObject({
      code: 'not-ready',
      message: 'model affine is not loaded: unloaded',
    });
    await s.runtime.unload('affine');
    await s.runtime.load('affine');
    expect(stateOf(s, 'affine')).toEqual([['1', 'READY', '']]);
    expect(await versionOf(s)).toBe('1');
  });

  it('knows a model that came later, and refuses one that is not there', async () => {
    const s = await start();
    await cp(join(s.folder, 'total'), join(s.folder, 'later'), { recursive: true });
    await editManifest(join(s.folder, 'later', '1'), { name: 'later' });
    await s.runtime.load('later');
    expect(s.runtime.isReady('later')).toBe(true);
    await expect(s.runtime.load('nothing')).rejects.toMatchObject({ code: 'not-found' });
    await expect(s.runtime.unload('nothing')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps what it has when the new cannot be loaded', async () => {
    const s = await start();
    await addVersion(s.folder, 'affine', '2');
    await appendFile(join(s.folder, 'affine', '2', 'model.onnx'), 'x');
    await expect(s.runtime.load('affine')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/model affine was not loaded: .*SHA-256/) as string,
    });
    expect(await versionOf(s)).toBe('1');
    expect(stateOf(s, 'affine')).toEqual([
      ['1', 'READY', ''],
      ['2', 'UNAVAILABLE', expect.stringContaining('SHA-256') as string],
    ]);
  });

  it('fails no request while versions come and go', { timeout: 120_000 }, async () => {
    const s = await start();
    let reloading = true;
    const versions = new Set<string>();
    let answered = 0;
    const clients = Array.from({ length: 8 }, async () => {
      while (reloading) {
        versions.add(await versionOf(s));
        answered += 1;
      }
    });
    for (const version of ['2', '3', '4']) {
      await addVersion(s.folder, 'affine', version);
      await s.runtime.load('affine');
    }
    reloading = false;
    await Promise.all(clients);
    expect([...versions]).toEqual(['1', '2', '3', '4']);
    expect(answered).toBeGreaterThan(20);
    expect(stateOf(s, 'affine').map(([version, state]) => `${version!} ${state!}`)).toEqual([
      '1 UNAVAILABLE',
      '2 UNAVAILABLE',
      '3 UNAVAILABLE',
      '4 READY',
    ]);
  });
});
