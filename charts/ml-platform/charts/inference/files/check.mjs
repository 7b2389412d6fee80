// Asks every endpoint of a release through its Service, as a client would: ends with 0 when all answer as they should, else
// with 1 and every fault. TARGET is the host; HTTP_PORT and GRPC_PORT its ports (GRPC_PORT 0: no gRPC);
// METRICS is "true" when the metrics are on the HTTP port too, KEYS when predictions need an API key, which this check does not have.
/* global AbortSignal */
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

const { TARGET, HTTP_PORT, GRPC_PORT, METRICS, KEYS } = process.env;
const base = `http://${TARGET}:${HTTP_PORT}`;
const TIMEOUT = 10_000;
/** Until then a wrong answer is asked for again: just after an update the Service may not know the new pods yet. */
const PATIENCE = Date.now() + 30_000;

const house = {
  longitude: -122.23,
  latitude: 37.88,
  housing_median_age: 41,
  total_rooms: 880,
  total_bedrooms: 129,
  population: 322,
  households: 126,
  median_income: 8.3252,
  ocean_proximity: 'NEAR BAY',
};

/** What is asked for nothing: the path, and whether the answer is right. */
const OPEN = [
  ['/', (body) => body.service === 'ml-inference'],
  ['/health', (body) => body.status === 'healthy'],
  ['/ready', (body) => body.status === 'ready'],
  ['/openapi.json', (body) => body.openapi === '3.1.0'],
  ['/docs', (text) => text.startsWith('<!doctype html>')],
  ['/v2/health/live', (body) => body.live],
  ['/v2/health/ready', (body) => body.ready],
];

/** What the predictions of the models that come with the service are asked by, and whether the answer is right. */
const PREDICTIONS = [
  ['linear', '/predict/21', (body) => body.prediction === 48],
  ['sentiment', '/predict', (body) => body.sentiment === 'positive', { text: 'This is amazing' }],
  ['sentiment', '/predict/batch', (body) => body.predictions.length === 2, { texts: ['good', 'bad'] }],
  ['house-price', '/predict/house-price', (body) => body.prediction_usd > 0, house],
];
const TENSOR = { inputs: [{ name: 'x', datatype: 'FP64', shape: [1], data: [21] }] };

/** What may need a key, where these models are served: the path, whether the answer is right, and what to send. */
function guarded(models) {
  const served = (model) => models.some(({ name }) => name === model);
  const [first] = models;
  const asks = [
    ['/model/info', (body) => Array.isArray(body.models)],
    ['/v2', (body) => body.name !== ''],
    ['/v2/models/stats', (body) => body.model_stats.length >= models.length],
    ...PREDICTIONS.filter(([model]) => served(model)).map(([, ...ask]) => ask),
  ];
  for (const { name, version } of models.filter((each) => each === first || each.name === 'linear')) {
    for (const model of [`/v2/models/${name}`, `/v2/models/${name}/versions/${version}`]) {
      asks.push([model, (body) => body.name === name]);
      asks.push([`${model}/ready`, (body) => body.ready]);
      asks.push([`${model}/config`, (body) => body.name === name]);
      asks.push([`${model}/stats`, (body) => body.model_stats.length === 1]);
      if (name === 'linear') asks.push([`${model}/infer`, (body) => body.outputs[0].data[0] === 48, TENSOR]);
    }
  }
  if (METRICS === 'true') asks.push(['/metrics', (text) => text.includes('inference_requests_total')]);
  return asks;
}

/** Without a key nobody is told what there is: the answer to each of these is that it needs one. */
const UNKNOWN = PREDICTIONS.map(([name]) => ({ name, version: '1' }));

async function ask(url, send) {
  const init = send && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(send) };
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, text, body: isJson && response.ok ? JSON.parse(text) : text };
}

async function expectAnswer(url, isRight, send) {
  const { status, text, body } = await ask(url, send);
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
  if (!isRight(body)) throw new Error(`answered ${text.slice(0, 1000)}`);
}

async function expectRefusal(url, send) {
  const { status } = await ask(url, send);
  if (status !== 401) throw new Error(`answered ${status} without an API key`);
}

/** What probes ask by gRPC. Each takes an empty message and answers with the first field = 1: serving, live, ready. */
const PROBES = [
  'grpc.health.v1.Health/Check',
  ...['Live', 'Ready'].map((is) => `inference.GRPCInferenceService/Server${is}`),
];

/** Calls a probe by hand, since nothing but Node.js is there. */
async function expectServing(probe) {
  const session = connect(`http://${TARGET}:${GRPC_PORT}`);
  try {
    await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({
        ':method': 'POST',
        ':path': `/${probe}`,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const chunks = [];
      stream.setTimeout(TIMEOUT, () => reject(new Error('gave no answer')));
      stream.on('error', reject);
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        const answer = Buffer.concat(chunks).toString('hex');
        if (answer === '00000000020801') resolve();
        else reject(new Error(`answered ${answer || 'nothing'}`));
      });
      stream.end(Buffer.alloc(5));
    });
  } finally {
    session.close();
  }
}

async function check(name, attempt) {
  for (;;) {
    try {
      await attempt();
      console.log(`ok    ${name}`);
      return true;
    } catch (error) {
      if (Date.now() > PATIENCE) {
        console.log(`fault ${name}: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
        return false;
      }
      await sleep(500);
    }
  }
}

const results = [];
for (const [path, isRight] of OPEN) results.push(await check(path, () => expectAnswer(base + path, isRight)));

if (results.includes(false)) process.exit(1); // The rest would only say the same again.

const needsKey = KEYS === 'true';
const models = needsKey ? UNKNOWN : (await ask(`${base}/model/info`)).body.models;
for (const [path, isRight, send] of guarded(models)) {
  if (needsKey) results.push(await check(`${path} needs a key`, () => expectRefusal(base + path, send)));
  else results.push(await check(path, () => expectAnswer(base + path, isRight, send)));
}
if (GRPC_PORT !== '0') {
  for (const probe of PROBES) results.push(await check(probe, () => expectServing(probe)));
}

if (results.includes(false)) process.exit(1);
console.log(`${results.length} endpoints answer`);
