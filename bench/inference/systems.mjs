// What is measured: how each system is started, and what it is asked.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requestOf } from './client.mjs';
import { environmentOf, versionsOf } from './python.mjs';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SERVICE = join(REPOSITORY, 'services/inference');
const SERVERS = fileURLToPath(new URL('servers', import.meta.url));
const ENVIRONMENTS = join(REPOSITORY, '.brolly/bench');
const MODEL = join(SERVICE, 'models/sentiment');
const PORT = 8100;
/** Of the server that is loaded in turns with another. */
const BESIDE_PORT = 8110;

/** Concurrency, in texts under way. */
export const LEVELS = [1, 8, 32, 128];
/** Texts in a request to /predict/batch. */
const BATCH = 8;

/** The folder of the newest version of the model, and its manifest. */
export function sentiment() {
  const version = readdirSync(MODEL)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  const folder = join(MODEL, version);
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) };
}

const predict = (texts) => ({
  name: 'POST /predict',
  requests: texts.map((text) => requestOf('/predict', { text })),
  labelsOf: ({ sentiment: label }) => [label],
});

const inferPath = '/v2/models/sentiment/infer';
const infer = (texts) => ({
  name: `POST ${inferPath}`,
  requests: texts.map((text) =>
    requestOf(inferPath, { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [text] }] }),
  ),
  labelsOf: ({ outputs }) => outputs.find(({ name }) => name === 'label').data,
});

const batch = (texts) => ({
  name: `POST /predict/batch, ${String(BATCH)} texts each`,
  size: BATCH,
  requests: Array.from({ length: texts.length / BATCH }, (_, i) =>
    requestOf('/predict/batch', { texts: texts.slice(i * BATCH, (i + 1) * BATCH) }),
  ),
  labelsOf: ({ predictions }) => predictions.map(({ sentiment: label }) => label),
});

/** The name of plain Fastify, which the linear route is loaded in turns with. */
export const CONSTANT = 'Fastify, a constant';
const linear = { name: 'GET /predict/21', requests: [requestOf('/predict/21')] };

/**
 * The systems in the order in which they are measured. The first route of each is the one that overload, `/health` and
 * memory are measured with.
 * @param folder for files of the run
 */
export function systemsFor(texts, folder) {
  const node = (...args) => [process.execPath, ...args];
  const plain = (kind, port) => node(join(SERVERS, 'plain.mjs'), String(port), kind);
  return [
    {
      name: CONSTANT,
      note: 'no more than a route; the ceiling of HTTP in Node.js',
      port: BESIDE_PORT,
      prepare: () => ({ command: plain('constant', BESIDE_PORT) }),
      ready: '/health',
      routes: [linear],
    },
    {
      name: 'Fastify, asleep',
      note: 'each request keeps the event loop asleep for 10 ms, as a model run on it would',
      prepare: () => ({ command: plain('asleep', PORT) }),
      ready: '/health',
      // Its answers are no labels.
      routes: [{ ...predict(texts), labelsOf: undefined }],
    },
    {
      name: 'Brolly',
      note: 'the built service as the image starts it, with its default configuration',
      prepare: () => {
        const config = join(folder, 'brolly.json');
        writeFileSync(config, JSON.stringify({ port: PORT, grpc: { port: PORT + 1 } }));
        const env = { INFERENCE_CONFIG: config, NODE_ENV: 'production', MALLOC_MMAP_THRESHOLD_: '262144' };
        return { command: node(...imageArguments()), cwd: SERVICE, env };
      },
      ready: '/ready',
      health: '/health',
      routes: [predict(texts), infer(texts), batch(texts), { ...linear, beside: CONSTANT }],
    },
    {
      name: 'MLServer',
      note: 'two inference workers, adaptive batching of up to 32 within 5 ms, no debugging',
      ...python('mlserver', ['mlserver', 'onnxruntime', 'tokenizers'], (programs) => ({
        command: [join(programs, 'mlserver'), 'start', join(SERVERS, 'mlserver-model')],
        // It keeps files where it is started.
        cwd: folder,
        env: {
          MLSERVER_DEBUG: 'false',
          MLSERVER_PARALLEL_WORKERS: '2',
          MLSERVER_HTTP_PORT: String(PORT),
          MLSERVER_GRPC_PORT: String(PORT + 1),
          MLSERVER_METRICS_PORT: String(PORT + 2),
        },
      })),
      ready: '/v2/models/sentiment/ready',
      health: '/v2/health/live',
      routes: [infer(texts)],
    },
    {
      name: 'LitServe',
      note: 'two workers, batches of up to 32 within 5 ms, fast queue, as many HTTP processes as workers',
      ...python('litserve-fastapi', ['litserve', 'onnxruntime', 'tokenizers'], (programs) => ({
        command: [join(programs, 'python'), join(SERVERS, 'litserve_server.py'), String(PORT)],
      })),
      ready: '/health',
      health: '/health',
      routes: [predict(texts)],
    },
    {
      name: 'FastAPI, `def`',
      note: 'two processes of uvicorn; a path operation that blocks is a plain `def`, as its documentation says, and runs on a thread',
      ...fastapi('fastapi_server:app'),
      ready: '/health',
      health: '/health',
      routes: [predict(texts)],
    },
    {
      name: 'FastAPI, `async def`',
      note: 'the same, but the model runs on the event loop: no cost of a thread, and nothing else is answered meanwhile',
      ...fastapi('fastapi_server:blocking'),
      ready: '/health',
      health: '/health',
      routes: [predict(texts)],
    },
  ].map((system) => ({ port: PORT, ...system }));
}

/** What the image gives Node.js. */
function imageArguments() {
  const [, command] = /^CMD (.+)$/m.exec(readFileSync(join(SERVICE, 'Dockerfile'), 'utf8'));
  return JSON.parse(command).slice(1);
}

/** @param packages whose versions are of interest */
function python(lockName, packages, prepare) {
  const lock = join(SERVERS, `${lockName}.txt`);
  const env = {
    MODEL_FOLDER: sentiment().folder,
    PYTHONPATH: SERVERS,
    PYTHONDONTWRITEBYTECODE: '1',
    // The servers spread the work themselves.
    TOKENIZERS_PARALLELISM: 'false',
  };
  return {
    versions: versionsOf(lock, packages),
    prepare: () => {
      const start = prepare(environmentOf(lock, lockName, ENVIRONMENTS));
      return { ...start, env: { ...env, ...start.env } };
    },
  };
}

const fastapi = (app) =>
  python('litserve-fastapi', ['fastapi', 'uvicorn', 'onnxruntime', 'tokenizers'], (programs) => {
    const options = ['--workers', '2', '--no-access-log', '--log-level', 'warning', '--port', String(PORT)];
    return { command: [join(programs, 'uvicorn'), app, ...options] };
  });
