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
];

/** What may need a key; with `model`, only where that model is served. */
const GUARDED = [
  ['/model/info', (body) => Array.isArray(body.models)],
  ['/predict/21', (body) => body.prediction === 48, { model: 'linear' }],
  ['/predict', (body) => body.sentiment === 'positive', { model: 'sentiment', send: { text: 'This is amazing' } }],
  ['/predict/batch', (body) => body.predictions.length === 2, { model: 'sentiment', send: { texts: ['good', 'bad'] } }],
  ['/predict/house-price', (body) => body.prediction_usd > 0, { model: 'house-price', send: house }],
];

async function ask(url, send) {
  const init = send && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(send) };
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
  const text = await response.text();
  return { status: response.status, text };
}

async function expectAnswer(url, isRight, send) {
  const { status, text } = await ask(url, send);
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
  if (!isRight(JSON.parse(text))) throw new Error(`answered ${text}`);
}

async function expectRefusal(url, send) {
  const { status } = await ask(url, send);
  if (status !== 401) throw new Error(`answered ${status} without an API key`);
}

/** The standard health call of gRPC, by hand: an empty message, whose answer is the field `status` = 1, SERVING. */
async function expectServing() {
  const session = connect(`http://${TARGET}:${GRPC_PORT}`);
  try {
    await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
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

let models;
if (KEYS !== 'true') models = JSON.parse((await ask(`${base}/model/info`)).text).models.map(({ name }) => name);
for (const [path, isRight, { model, send } = {}] of GUARDED) {
  if (models === undefined) results.push(await check(`${path} needs a key`, () => expectRefusal(base + path, send)));
  else if (model === undefined || models.includes(model))
    results.push(await check(path, () => expectAnswer(base + path, isRight, send)));
}

if (METRICS === 'true' && KEYS !== 'true') {
  const exposed = async () => {
    const { text } = await ask(`${base}/metrics`);
    if (!text.includes('inference_requests_total')) throw new Error('has no inference_requests_total');
  };
  results.push(await check('/metrics', exposed));
}
if (GRPC_PORT !== '0') results.push(await check('grpc.health.v1.Health/Check', expectServing));

if (results.includes(false)) process.exit(1);
console.log(`${results.length} endpoints answer`);
