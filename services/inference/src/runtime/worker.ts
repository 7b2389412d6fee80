/*
 * The worker thread: it holds a session of every model and runs one task at a time. onnxruntime-node runs a model on
 * the calling thread, so only here may a model run; the main thread stays free to answer.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import type { LoadedModel } from '../models/model.repository.js';
import type { Predictor } from '../models/predictor.js';
import { predictors } from '../models/predictors.js';
import type { Task, WorkerData, WorkerMessage, WorkerOrder } from './messages.js';

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  // The pool spreads the work over the CPUs; threads inside a session would only compete with it.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Inputs differ in size, and a pattern of memory is kept for every size seen.
  enableMemPattern: false,
  logSeverityLevel: 3,
  // A spinning thread burns the CPU quota that the HTTP thread needs.
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

type Run = (input: unknown) => Promise<unknown>;

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const runs = new Map<string, Run>();
for (const model of (workerData as WorkerData).models) runs.set(model.manifest.name, await prepare(model));
port.on('message', (order: WorkerOrder) => {
  // Without its port nothing keeps the thread alive once a run has ended.
  if (order.type === 'close') port.close();
  else void answer(order);
});
send({ type: 'ready' });

/** Creates the session and runs the sample once: the first run is the slow one. */
async function prepare({ manifest, bytes }: LoadedModel): Promise<Run> {
  const predictor = (predictors as Record<string, Predictor<unknown, unknown>>)[manifest.name];
  if (!predictor) throw new Error(`no code for the model ${manifest.name}`);
  const mismatch = predictor.mismatch(manifest);
  if (mismatch !== undefined)
    throw new Error(`model ${manifest.name} ${manifest.version} does not fit this service: ${mismatch}`);
  const session = await InferenceSession.create(bytes, SESSION_OPTIONS);
  await predictor.predict(session, predictor.sample);
  return (input) => predictor.predict(session, input);
}

async function answer({ id, model, input }: Task): Promise<void> {
  const started = process.hrtime.bigint();
  try {
    const run = runs.get(model);
    if (!run) throw new Error(`there is no model ${model}`);
    const output = await run(input);
    send({ type: 'done', id, output, seconds: Number(process.hrtime.bigint() - started) / 1e9 });
  } catch (error) {
    send({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(message: WorkerMessage): void {
  port?.postMessage(message);
}
