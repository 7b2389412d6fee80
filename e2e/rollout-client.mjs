/* global setInterval, clearInterval */
/*
 * Runs in a pod beside the service: sends requests at a constant rate over HTTP with kept connections and over gRPC, tries
 * none twice, and prints how they ended when the file /tmp/stop appears. `RATE` is in requests a second of each kind.
 */
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const { HTTP_TARGET, GRPC_TARGET, RATE } = process.env;
const PATIENCE_MS = 30_000;

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const overHttp = () =>
  new Promise((resolve) => {
    const fail = (error) => resolve(error.code ?? error.message);
    const sent = request(`http://${HTTP_TARGET}/predict/21`, { agent, timeout: PATIENCE_MS }, (answer) => {
      answer
        .resume()
        .once('error', fail)
        .once('end', () => resolve(answer.statusCode === 200 ? 'ok' : `status ${answer.statusCode}`));
    });
    sent.once('error', fail).once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.end();
  });

const { ModelInfer } = loadSync('proto/inference.proto', { keepCase: true })['inference.GRPCInferenceService'];
// The library itself sends a call again that never reached a server; what a server has seen it does not.
const client = new Client(GRPC_TARGET, credentials.createInsecure());
const call = {
  model_name: 'linear',
  inputs: [{ name: 'x', datatype: 'FP64', shape: [1], contents: { fp64_contents: [21] } }],
};
const overGrpc = () =>
  new Promise((resolve) => {
    client.makeUnaryRequest(
      ModelInfer.path,
      ModelInfer.requestSerialize,
      ModelInfer.responseDeserialize,
      call,
      { deadline: Date.now() + PATIENCE_MS },
      (error) => resolve(error ? `${error.code} ${error.details}` : 'ok'),
    );
  });

const kinds = { http: overHttp, grpc: overGrpc };
const endings = { http: {}, grpc: {} };
const underWay = new Set();
const timer = setInterval(
  () => {
    for (const [kind, send] of Object.entries(kinds)) {
      const ended = send().then((ending) => {
        if (ending !== 'ok') console.error(new Date().toISOString(), kind, ending);
        endings[kind][ending] = (endings[kind][ending] ?? 0) + 1;
        underWay.delete(ended);
      });
      underWay.add(ended);
    }
  },
  1000 / Number(RATE),
);
while (!existsSync('/tmp/stop')) await new Promise((resolve) => setTimeout(resolve, 200));
clearInterval(timer);
await Promise.all(underWay);
console.log(JSON.stringify(endings));
process.exit(0);
