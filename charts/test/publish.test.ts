import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, chartFile, HELM, renderText } from './helm.js';
import { list } from './pod-security.js';
import { freePort } from './victoria-metrics.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const CHART = 'charts/ml-platform';

/** As much of an OCI registry as a push and a pull need; what is pushed lives as long as it does. */
class Registry {
  private readonly content = new Map<string, { type: string; bytes: Buffer }>();
  private server?: Server;
  host = '';

  async start(): Promise<void> {
    const port = await freePort();
    this.host = `127.0.0.1:${String(port)}`;
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', `http://${this.host}`);
    const [, name = '', kind = '', reference = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.+)$/.exec(pathname) ?? [];
    const bytes = await buffer(request);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (request.method === 'POST') {
      response.writeHead(202, { location: `/v2/${name}/blobs/uploads/one` }).end();
    } else if (request.method === 'PUT') {
      const type = request.headers['content-type'] ?? '';
      for (const key of [searchParams.get('digest') ?? digest, reference])
        this.content.set(kind + key, { type, bytes });
      response.writeHead(201, { 'docker-content-digest': digest }).end();
    } else {
      const found = this.content.get(kind + reference);
      if (!found) return void response.writeHead(pathname === '/v2/' ? 200 : 404).end();
      const own = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
      const headers = {
        'content-type': found.type,
        'content-length': found.bytes.length,
        'docker-content-digest': own,
      };
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : found.bytes);
    }
  }
}

/** What the workflow `chart` does before it signs. */
describe('publish-chart.sh', () => {
  const registry = new Registry();
  let folder = '';
  let env: NodeJS.ProcessEnv = {};

  const git = (...args: string[]): string => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    return spawnSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  };
  const write = (path: string, text: string, mode?: number): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode });
  };
  const outputs = (): Record<string, string> =>
    Object.fromEntries(
      readFileSync(join(folder, 'output'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('=') as [string, string]),
    );

  async function run(program: string, ...args: string[]): Promise<{ code: number; out: string }> {
    const child = spawn(program, args, { cwd: folder, env });
    const [out, err] = await Promise.all([buffer(child.stdout), buffer(child.stderr), once(child, 'close')]);
    return { code: child.exitCode ?? -1, out: out.toString() + err.toString() };
  }
  const publish = (since: string): Promise<{ code: number; out: string }> => {
    write('output', '');
    return run('.github/scripts/publish-chart.sh', since, `oci://${registry.host}/charts`);
  };

  beforeAll(async () => {
    await registry.start();
    folder = mkdtempSync(join(tmpdir(), 'publish-'));
    for (const path of [CHART, '.github/scripts'])
      cpSync(join(REPOSITORY, path), join(folder, path), { recursive: true });
    const helm = spawnSync('sh', ['-c', 'command -v "$0"', HELM], { encoding: 'utf8' }).stdout.trim();
    // This registry speaks no TLS.
    write(
      'bin/helm',
      `#!/bin/sh\ncase $1 in push | pull) set -- "$@" --plain-http ;; esac\nexec '${helm}' "$@"\n`,
      0o755,
    );
    env = { ...process.env, PATH: `${folder}/bin:${process.env.PATH ?? ''}`, GITHUB_OUTPUT: join(folder, 'output') };
    git('init', '--quiet');
    const now = readFileSync(join(folder, CHART, 'Chart.yaml'), 'utf8');
    write(`${CHART}/Chart.yaml`, now.replace(/^version: .*/m, 'version: 0.0.9'));
    git('add', CHART);
    git('commit', '--quiet', '--message', 'The version before');
    write(`${CHART}/Chart.yaml`, now);
  });
  afterAll(() => {
    registry.stop();
    rmSync(folder, { recursive: true });
  });

  test('pushes a new version, which can be pulled by its digest and renders as the folder does', async () => {
    const { code, out } = await publish('HEAD');
    expect(code, out).toBe(0);
    const { name = '', digest = '' } = outputs();
    expect(name).toBe(`${registry.host}/charts/ml-platform`);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    mkdirSync(join(folder, 'pulled'));
    const pulled = await run('helm', 'pull', `oci://${name}@${digest}`, '--destination', 'pulled');
    expect(pulled.code, pulled.out).toBe(0);
    const [archive = ''] = readdirSync(join(folder, 'pulled'));
    const chart = join(folder, 'pulled', archive);
    expect(renderText({ chart })).toBe(renderText());
  });

  test('says which images are in it', () => {
    const { name, digest = '' } = outputs();
    const bom: unknown = JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8'));
    expect(at(bom, 'metadata.component')).toMatchObject({
      name,
      version: chartFile().version,
      hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }],
    });
    const images = [...renderText().matchAll(/image: "(.+)"/g)].map(([, image]) => image);
    const named = list(at(bom, 'components')).map((each) => `${String(each.name)}:${String(each.version)}`);
    expect(named).toEqual([...new Set(images)].sort());
  });

  test('publishes no version twice', async () => {
    git('commit', '--quiet', '--all', '--message', 'The new version');
    const { code, out } = await publish('HEAD');
    expect(code, out).toBe(0);
    expect(out).toContain('nothing to publish');
    expect(outputs()).toEqual({});
  });
});
