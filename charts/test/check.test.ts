import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Tree, UMBRELLA } from './helm.js';
import { withService } from './live.js';
import { freePort } from './victoria-metrics.js';

const CHECK = `${UMBRELLA}/charts/inference/files/check.mjs`;
const PATIENCE = { timeout: 120_000 };

/** How the check of the chart ended, and what it printed, run beside the real service with this configuration. */
async function check(config: Tree, env: Record<string, string> = {}) {
  const grpc = await freePort();
  const result: { code?: number; ok: string[]; last: string; paths: string[] } = { ok: [], last: '', paths: [] };
  await withService({ grpc: { port: grpc }, workers: 1, ...config }, {}, async (address) => {
    const [TARGET = '', HTTP_PORT = ''] = address.split(':');
    const child = spawn(process.execPath, [CHECK], {
      env: { TARGET, HTTP_PORT, GRPC_PORT: String(grpc), METRICS: 'true', KEYS: 'false', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    [result.code] = (await once(child, 'close')) as [number];
    const lines = printed.trim().split('\n');
    result.ok = lines.filter((line) => line.startsWith('ok ')).map((line) => line.replace(/^ok +/, ''));
    result.last = lines.at(-1) ?? '';
    const description = (await (await fetch(`http://${address}/openapi.json`)).json()) as { paths: Tree };
    result.paths = Object.keys(description.paths);
  });
  return result;
}

/** The paths of a description, `/predict/{value}` for one, of which none was asked. */
function missing(paths: string[], asked: string[]): string[] {
  return paths.filter((path) => {
    const fits = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return !asked.some((each) => each === path || (fits.test(each) && !paths.includes(each)));
  });
}

test('the check asks every endpoint that the service describes, and the probes of gRPC', PATIENCE, async () => {
  const { code, ok, last, paths } = await check({});
  expect(code).toBe(0);
  expect(last).toBe(`${String(ok.length)} endpoints answer`);
  expect(missing(paths, ok)).toEqual([]);
  expect(ok.slice(-3)).toEqual([
    'grpc.health.v1.Health/Check',
    'inference.GRPCInferenceService/ServerLive',
    'inference.GRPCInferenceService/ServerReady',
  ]);
});

test(
  'where the service needs a key, which the check has not, all but what is open to everybody refuses it',
  PATIENCE,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    const keysFile = join(folder, 'keys.json');
    const sha256 = createHash('sha256').update('a-key').digest('hex');
    writeFileSync(keysFile, JSON.stringify({ keys: [{ name: 'somebody', sha256, scopes: ['predict'] }] }));
    try {
      const { code, ok, paths } = await check({ auth: { keysFile } }, { KEYS: 'true' });
      expect(code).toBe(0);
      expect(ok).toEqual(expect.arrayContaining(['/health', '/predict/21 needs a key', '/metrics needs a key']));
      const asked = ok.map((line) => line.replace(' needs a key', ''));
      expect(missing(paths, asked)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
