import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GrpcClient } from './grpc-support.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PATIENCE = { timeout: 60_000 };

interface Running {
  child: ChildProcess;
  port: number;
  log: () => string;
  exit: Promise<number | null>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function run(config: object, env: NodeJS.ProcessEnv = {}): Omit<Running, 'port'> {
  const path = join(mkdtempSync(join(tmpdir(), 'inference-')), 'config.json');
  // Its default port may be in use: by a service that somebody tries.
  writeFileSync(path, JSON.stringify({ grpc: { port: 0 }, ...config }));
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, INFERENCE_CONFIG: path, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, log: () => log, exit };
}

async function runReady(shutdown: object, more: object = {}, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const port = await freePort();
  const running = run({ port, workers: 1, shutdown, ...more }, env);
  await vi.waitFor(async () => {
    expect((await fetch(`http://127.0.0.1:${String(port)}/ready`)).status).toBe(200);
  }, PATIENCE);
  return { ...running, port };
}

/** A request that is under way: its head and half of its body are sent. */
async function beginRequest(port: number): Promise<{ finish: () => Promise<string> }> {
  const body = JSON.stringify({ text: 'This is amazing' });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    'POST /predict HTTP/1.1',
    'Host: test',
    'Content-Type: application/json',
    `Content-Length: ${String(body.length)}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`);
  return {
    finish: async () => {
      socket.write(body.slice(10));
      return readAll(socket);
    },
  };
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('is not ready at once, serves on, finishes the request under way and exits 0', PATIENCE, async () => {
    const { child, port, log, exit } = await runReady({ delaySeconds: 1, timeoutSeconds: 10 });
    const base = `http://127.0.0.1:${String(port)}`;
    const request = await beginRequest(port);
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    child.kill(signal);
    await vi.waitFor(async () => {
      expect((await fetch(`${base}/ready`)).status).toBe(503);
    }, PATIENCE);
    const served = await fetch(`${base}/predict/21`);
    expect(await served.json()).toMatchObject({ prediction: 48 });
    for (const { headers } of [served, await fetch(`${base}/unknown`), await fetch(`${base}/predict`)])
      expect(headers.get('connection')).toBe('close');
    await vi.waitFor(async () => {
      await expect(fetch(`${base}/health`)).rejects.toThrow();
    }, PATIENCE);
    // Nothing listens any more, and the request is still answered.
    const answer = await request.finish();
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain('"sentiment":"positive"');
    expect(await exit).toBe(0);
    expect(log()).not.toContain('still in flight');
    idle.destroy();
  });
});

/** Asks again and again over one connection until told to go elsewhere; how it ended. */
async function askUntilSentElsewhere(port: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const request = get({ port, agent, path: '/predict/21', host: '127.0.0.1' });
    const outcome: unknown = await Promise.race([
      once(request, 'response').then(([answer]) => answer as IncomingMessage),
      once(request, 'error').then(([error]) => error as Error),
    ]).catch((error: unknown) => error);
    if (outcome instanceof Error) return outcome.message;
    const { statusCode, headers } = await drained(outcome as IncomingMessage);
    if (statusCode !== 200) return String(statusCode);
    if (headers.connection === 'close') return 'sent elsewhere';
  }
}

async function drained(answer: IncomingMessage): Promise<IncomingMessage> {
  answer.resume();
  await once(answer, 'end');
  return answer;
}

it('loses no request of clients that go elsewhere when told so', PATIENCE, async () => {
  const { child, port, log, exit } = await runReady({ delaySeconds: 1, timeoutSeconds: 10 });
  const endings = Array.from({ length: 16 }, () => askUntilSentElsewhere(port));
  setTimeout(() => child.kill('SIGTERM'), 500);
  expect(new Set(await Promise.all(endings))).toEqual(new Set(['sent elsewhere']));
  expect(await exit).toBe(0);
  expect(log()).not.toContain('still in flight');
});

it('serves gRPC until its end, which an idle stream does not hold up', PATIENCE, async () => {
  const grpc = await freePort();
  const { child, log, exit } = await runReady({ delaySeconds: 1, timeoutSeconds: 10 }, { grpc: { port: grpc } });
  const client = new GrpcClient(grpc);
  const stream = client.stream();
  const ended = once(stream, 'error') as Promise<[{ code: number; details: string }]>;
  const inputs = [{ name: 'x', datatype: 'FP64', shape: [1], contents: { fp64_contents: [21] } }];
  const infer = () => client.call('inference.ModelInfer', { model_name: 'linear', inputs });
  expect((await infer()).response).toMatchObject({ outputs: [{ contents: { fp64_contents: [48] } }] });
  child.kill('SIGTERM');
  await vi.waitFor(async () => {
    expect((await client.call('health.Check', {})).response).toEqual({ status: 'NOT_SERVING' });
  }, PATIENCE);
  expect((await infer()).error).toBeUndefined();
  expect((await ended)[0]).toMatchObject({ code: 14, details: 'the server is shutting down; open the stream anew' });
  expect(await exit).toBe(0);
  expect(log()).not.toContain('still in flight');
  client.close();
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));
it.skipIf(!hasIPv6)(
  'answers on every port by IPv6 as by IPv4 (skipped on a machine without IPv6)',
  PATIENCE,
  async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const [port = 0, metrics = 0, grpc = 0] = ports;
    const { child, log, exit } = run({
      port,
      metrics: { port: metrics },
      grpc: { port: grpc },
      shutdown: { delaySeconds: 0, timeoutSeconds: 5 },
    });
    await vi.waitFor(() => {
      expect(log()).toContain('listening');
    }, PATIENCE);
    for (const host of ['127.0.0.1', '::1']) {
      for (const each of ports) {
        const socket = connect(each, host);
        await once(socket, 'connect');
        socket.destroy();
      }
    }
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  },
);

it('ends as well while the models are loading', PATIENCE, async () => {
  const port = await freePort();
  const { child, log, exit } = run({ port, workers: 2, shutdown: { delaySeconds: 0, timeoutSeconds: 5 } });
  await vi.waitFor(() => {
    expect(log()).toContain('listening');
  }, PATIENCE);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(log()).not.toContain('could not start');
});

it('gives up on a request that does not end', PATIENCE, async () => {
  const { child, port, log, exit } = await runReady({ delaySeconds: 0, timeoutSeconds: 1 });
  const stuck = await beginRequest(port);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(log()).toContain('requests were still in flight');
  await expect(stuck.finish()).resolves.not.toContain('200 OK');
});

it('does not start on a wrong configuration: exit code 2 and every problem', PATIENCE, async () => {
  const { log, exit } = run({ port: 0, colour: 'red' });
  expect(await exit).toBe(2);
  expect(log()).toContain('port: must be >=');
  expect(log()).toContain('colour: is not known here');
});

it('lets ONNX Runtime tell nobody of its use', PATIENCE, async () => {
  // What it would send it keeps in a file of the user's first.
  const home = mkdtempSync(join(tmpdir(), 'inference-home-'));
  const env = { HOME: home, XDG_CACHE_HOME: home, ORT_DISABLE_TELEMETRY: undefined };
  await runReady({ delaySeconds: 0, timeoutSeconds: 5 }, {}, env);
  expect(readdirSync(home)).toEqual([]);
});

it('never logs the text of a request', PATIENCE, async () => {
  const port = await freePort();
  const { child, log, exit } = run({
    port,
    workers: 1,
    logLevel: 'debug',
    shutdown: { delaySeconds: 0, timeoutSeconds: 5 },
  });
  const post = (body: string) =>
    fetch(`http://127.0.0.1:${String(port)}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  await vi.waitFor(async () => {
    expect((await post('{"text":"my secret"}')).status).toBe(200);
  }, PATIENCE);
  await post('{"text":"my secret"');
  await fetch(`http://127.0.0.1:${String(port)}/secret-path?token=secret`);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(log()).toContain('"endpoint":"/predict"');
  expect(log()).not.toContain('secret');
});
