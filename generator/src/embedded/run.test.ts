import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeContext, temporaryFolder, type FakeContext } from '../../test/fakes.js';
import type { JsonObject, Manifest } from '../model.js';
import { runEmbedded } from './run.js';

/** A service of a few lines: what it does on its first and on later starts is told by the test. */
const SERVICE = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const starts = existsSync('starts') ? readFileSync('starts', 'utf8').length : 0;
appendFileSync('starts', 'x');
console.log('pid ' + process.pid);
const { port, ...rest } = JSON.parse(readFileSync(process.env.CONFIG, 'utf8'));
const behave = { ...rest, ...(starts === 0 ? rest.first : {}) };
console.log('env ' + JSON.stringify(Object.keys(process.env).sort()) + ' args ' + process.argv.slice(2).join(' '));
if (behave.exitCode !== undefined) { console.error('cannot start'); process.exit(behave.exitCode); }
const since = Date.now();
const server = createServer((request, response) => {
  const healthy = request.url !== '/health' || behave.liveForMs === undefined || Date.now() - since < behave.liveForMs;
  if (request.url === '/slow') setTimeout(() => response.end('finished'), 400);
  else if (request.url === '/exit') process.exit(9);
  else { response.statusCode = healthy && !behave.neverReady ? 200 : 503; response.end('hello'); }
});
server.listen(port);
process.on('SIGTERM', () => { if (!behave.ignoreSigterm) { console.log('draining'); server.close(() => console.log('drained')); } });
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Project {
  readonly context: FakeContext;
  readonly manifests: Manifest[];
  readonly port: number;
}

/** A repository with one service, and the release that runs it. */
async function project(behaviour: JsonObject = {}, pod: JsonObject = {}, container: JsonObject = {}): Promise<Project> {
  const root = await temporaryFolder();
  const folder = join(root, 'services/demo');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module","main":"main.js"}');
  await writeFile(join(folder, 'main.js'), SERVICE);
  const port = await freePort();
  const probe = (path: string): JsonObject => ({
    httpGet: { path, port: 'http' },
    periodSeconds: 0.1,
    timeoutSeconds: 1,
    failureThreshold: 3,
  });
  const demo: JsonObject = {
    name: 'demo',
    image: 'registry.example/brolly/demo:1',
    args: ['--config', '/etc/demo/config.json'],
    env: [{ name: 'CONFIG', value: '/etc/demo/config.json' }],
    ports: [{ name: 'http', containerPort: port }],
    startupProbe: { ...probe('/ready'), failureThreshold: 50 }, // a process starts slowly on a busy machine
    readinessProbe: probe('/ready'),
    livenessProbe: probe('/health'),
    volumeMounts: [{ name: 'config', mountPath: '/etc/demo' }],
    ...container,
  };
  const spec = {
    terminationGracePeriodSeconds: 10,
    containers: [demo],
    volumes: [{ name: 'config', configMap: { name: 'demo' } }],
    ...pod,
  };
  const manifests: Manifest[] = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'demo' },
      data: { 'config.json': JSON.stringify({ port, ...behaviour }) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'trial-demo' },
      spec: { replicas: 2, template: { spec } },
    },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'trial-store' }, spec: {} },
  ];
  const context = fakeContext(root);
  onTestFinished(() => {
    context.interrupt(); // also when the test fails before it has ended what it started
  });
  return { context, manifests, port };
}

const printed = ({ lines }: FakeContext, pattern: RegExp | string): Promise<void> =>
  vi.waitFor(() => {
    expect(lines.join('\n')).toMatch(pattern);
  }, 20_000);

/** Process ids of all starts of the service. */
const pids = ({ lines }: FakeContext): number[] =>
  lines.flatMap((line) => {
    const found = /pid (\d+)$/.exec(line);
    return found === null ? [] : [Number(found[1])];
  });

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function expectNothingLeft(context: FakeContext, starts: number): void {
  expect(pids(context)).toHaveLength(starts);
  expect(pids(context).filter(isRunning)).toEqual([]);
}

describe('runEmbedded', () => {
  it('runs the release until interrupted, lets requests finish and leaves nothing', async () => {
    const { context, manifests, port } = await project();
    const running = runEmbedded(context, manifests, 20);
    await printed(context, 'Ctrl-C ends it');
    const lines = context.lines.join('\n');
    expect(lines).toContain('trial-demo: one process on this machine, where a cluster runs 2 pods');
    expect(lines).toContain('not run here, only on a cluster: trial-store');
    expect(lines).toContain(`trial-demo  http://localhost:${String(port)}`);
    expect(lines).toMatch(
      /env \["CONFIG","HOME","HOSTNAME","PATH","TMPDIR"\] args --config \/\S+\/trial-demo\/etc\/demo\/config\.json/,
    );
    const config = /--config (\S+)/.exec(lines)?.[1] ?? '';
    expect(JSON.parse(await readFile(config, 'utf8'))).toEqual({ port });

    const slow = fetch(`http://127.0.0.1:${String(port)}/slow`).then((response) => response.text());
    await fetch(`http://127.0.0.1:${String(port)}/`); // by now the slow one has arrived as well
    context.interrupt();
    expect(await slow).toBe('finished');
    expect(await running).toBe(0);
    expect(context.lines.join('\n')).toMatch(/draining[^]*drained[^]*nothing is left running/);
    expectNothingLeft(context, 1);
    await expect(readFile(config)).rejects.toThrow('ENOENT');
  });

  it('starts a process again when its liveness fails, as the kubelet would', async () => {
    const { context, manifests } = await project({ first: { liveForMs: 600 } });
    const running = runEmbedded(context, manifests, 20);
    await printed(context, /fails its liveness probe \(GET \/health answers 503\); it starts again in 1 s/);
    await printed(context, /pid \d+[^]*pid \d+/);
    context.interrupt();
    expect(await running).toBe(0);
    expectNothingLeft(context, 2);
  });

  it('starts a process again when it never becomes ready', async () => {
    const { context, manifests } = await project({ first: { neverReady: true } });
    const running = runEmbedded(context, manifests, 20);
    await printed(context, /fails its startup probe \(GET \/ready answers 503\); it starts again/);
    await printed(context, 'Ctrl-C ends it');
    context.interrupt();
    expect(await running).toBe(0);
    expectNothingLeft(context, 2);
  });

  it('starts a process again that ends by itself after it was ready', async () => {
    const { context, manifests, port } = await project();
    const running = runEmbedded(context, manifests, 20);
    await printed(context, 'Ctrl-C ends it');
    await fetch(`http://127.0.0.1:${String(port)}/exit`).catch(() => undefined);
    await printed(context, 'ended with exit code 9; it starts again in 1 s');
    await printed(context, /pid \d+[^]*pid \d+/);
    context.interrupt();
    expect(await running).toBe(0);
    expectNothingLeft(context, 2);
  });

  it('fails when a process ends before it is ready', async () => {
    const { context, manifests } = await project({ exitCode: 2 });
    await expect(runEmbedded(context, manifests, 20)).rejects.toThrow(
      'trial-demo ended with exit code 2 before it was ready',
    );
    expect(context.lines.join('\n')).toContain('trial-demo | cannot start');
    expectNothingLeft(context, 1);
  });

  it('fails when the time is over, and ends what it started', async () => {
    // Time enough for the process to start and for every answer, however busy the machine is.
    const readinessProbe = { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 0.1, timeoutSeconds: 60 };
    const probes = { startupProbe: null, livenessProbe: null, readinessProbe };
    const { context, manifests } = await project({ neverReady: true }, {}, probes);
    await expect(runEmbedded(context, manifests, 10)).rejects.toThrow(/not ready within 10 s: trial-demo \(.*503\)/);
    expectNothingLeft(context, 1);
  });

  it('kills a process that does not end in its time, with everything it started', async () => {
    const { context, manifests } = await project({ ignoreSigterm: true }, { terminationGracePeriodSeconds: 1 });
    const running = runEmbedded(context, manifests, 20);
    await printed(context, 'Ctrl-C ends it');
    context.interrupt();
    expect(await running).toBe(0);
    expectNothingLeft(context, 1);
  });

  it('starts nothing when the port is taken, and says which', async () => {
    const { context, manifests, port } = await project();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    await expect(runEmbedded(context, manifests, 20)).rejects.toMatchObject({
      message: `port ${String(port)}, which trial-demo listens on (demo.config.port), is in use`,
      hint: expect.stringContaining(`lsof -i :${String(port)}`) as string,
    });
    expectNothingLeft(context, 0);
  });

  it('starts nothing when a manifest needs a cluster, and says all of it', async () => {
    const secret = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'login', key: 'token' } } };
    const { context, manifests } = await project({}, {}, { env: [secret], envFrom: [] });
    await expect(runEmbedded(context, manifests, 20)).rejects.toThrow(
      /envFrom\n.*TOKEN comes from key token of Secret login/,
    );
    expectNothingLeft(context, 0);
  });

  it('asks for a build where there is none', async () => {
    const { context, manifests } = await project();
    await writeFile(join(context.root, 'services/demo/package.json'), '{"main":"dist/main.js"}');
    await expect(runEmbedded(context, manifests, 20)).rejects.toMatchObject({
      message: 'services/demo/dist/main.js is not there',
      hint: 'build it: npm run build',
    });
  });
});

it('isRunning tells a process that has ended', () => {
  expect(isRunning(process.pid)).toBe(true);
  const ended = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' });
  expect(isRunning(Number(ended))).toBe(false);
});
