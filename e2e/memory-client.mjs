/*
 * Runs in a pod beside the service: loads every route as fast as it answers for `SECONDS` each, one after the other, and prints
 * how the requests ended, by route.
 */
import { Agent, request } from 'node:http';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const { HTTP_TARGET, GRPC_TARGET, SECONDS } = process.env;
const TEXT =
  'The film takes its time, and what it finds in the end is worth the wait; few of this year are as well made. ';

const agent = new Agent({ keepAlive: true });
const overHttp = (path, body) => () =>
  new Promise((resolve, reject) => {
    const options = body && { method: 'POST', headers: { 'content-type': 'application/json' } };
    const sent = request(`http://${HTTP_TARGET}${path}`, { agent, ...options }, (answer) => {
      answer
        .resume()
        .once('error', reject)
        .once('end', () => resolve(answer.statusCode));
    });
    sent.once('error', reject).end(body && JSON.stringify(body));
  });

const { ModelInfer } = loadSync('proto/inference.proto', { keepCase: true })['inference.GRPCInferenceService'];
const client = new Client(GRPC_TARGET, credentials.createInsecure());
const call = {
  model_name: 'sentiment',
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], contents: { bytes_contents: [Buffer.from(TEXT)] } }],
};
const overGrpc = () =>
  new Promise((resolve) => {
    const { path, requestSerialize, responseDeserialize } = ModelInfer;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, call, (error) => resolve(error?.code ?? 0));
  });

const inputs = [{ name: 'text', datatype: 'BYTES', shape: [1], data: [TEXT] }];
// Of the longest texts and the longest lists that the configuration allows.
const texts = Array(20).fill(TEXT.repeat(5).slice(0, 500));
const loads = {
  predict: { send: overHttp('/predict', { text: TEXT }), underWay: 128 },
  batch: { send: overHttp('/predict/batch', { texts }), underWay: 16 },
  infer: { send: overHttp('/v2/models/sentiment/infer', { inputs }), underWay: 128 },
  linear: { send: overHttp('/predict/21'), underWay: 128 },
  grpc: { send: overGrpc, underWay: 64 },
};

const endings = {};
for (const [name, { send, underWay }] of Object.entries(loads)) {
  const own = (endings[name] = {});
  const until = Date.now() + Number(SECONDS) * 1000;
  const one = async () => {
    while (Date.now() < until) {
      const ending = await send();
      own[ending] = (own[ending] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: underWay }, one));
}
console.log(JSON.stringify(endings));
process.exit(0);
