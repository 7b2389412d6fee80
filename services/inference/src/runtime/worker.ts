/*
 * The worker thread: it holds its models and runs one batch at a time. onnxruntime-node runs a model on the calling
 * thread, so only here may a model run; the main thread stays free to answer.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Manifest } from '../models/manifest.js';
import type { LoadedModel, RunOrder, WorkerData, WorkerMessage, WorkerOrder } from './messages.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { sampleOf } from './sample.js';

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const { models, maxTokens } = workerData as WorkerData;
const pipelines = new Map<string, Pipeline>();
const loaded: Record<string, LoadedModel> = {};
const warnings: string[] = [];
await loadAll();
port.on('message', (order: WorkerOrder) => {
  if (order.type === 'close') void end();
  else void answer(order);
});
send({ type: 'ready', models: loaded, warnings });

/** @throws Error with the problems of every model */
async function loadAll(): Promise<void> {
  const problems: string[] = [];
  for (const model of models) {
    const name = `model ${model.manifest.name} ${model.manifest.version}`;
    const started = performance.now();
    try {
      const pipeline = await createPipeline(model, maxTokens);
      pipelines.set(model.id, pipeline);
      await warmUp(name, pipeline, model.manifest);
      loaded[model.id] = { signature: pipeline.signature, loadSeconds: (performance.now() - started) / 1000 };
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Runs the model once: the first run is the slow one. A model need not take the sample, which knows only its shape. */
async function warmUp(name: string, pipeline: Pipeline, manifest: Manifest): Promise<void> {
  try {
    await pipeline.run({ inputs: pipeline.signature.inputs.map((slot) => sampleOf(slot, manifest)) });
  } catch (error) {
    warnings.push(`${name} could not be warmed up: ${messageOf(error)}`);
  }
}

async function answer({ model, inputs, outputs }: RunOrder): Promise<void> {
  try {
    const pipeline = pipelines.get(model);
    if (!pipeline) throw new Error(`this worker does not hold ${model}`);
    const result = await pipeline.run({ inputs, outputs });
    send({ type: 'done', result });
  } catch (error) {
    send({ type: 'failed', message: messageOf(error) });
  }
}

/** Gives the models' memory back. Without its port nothing keeps the thread alive. */
async function end(): Promise<void> {
  for (const pipeline of pipelines.values()) await pipeline.release();
  port?.close();
}

function send(message: WorkerMessage): void {
  port?.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
