// The limit: two threads, each with a session of one thread, that run the model in a loop. No server, no tokeniser.
// This file is also what each thread runs.
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { percentile } from './statistics.mjs';

const THREADS = 2;

/**
 * @param model path of the ONNX file
 * @param rows token ids of each text
 * @param size texts in a run, padded to the longest of them
 */
export async function bareSessions({ model, rows, size, warmUp, seconds }) {
  const results = await Promise.all(
    Array.from(
      { length: THREADS },
      (_, thread) =>
        new Promise((resolve, reject) => {
          const options = { workerData: { model, rows, size, warmUp, seconds, thread } };
          new Worker(new URL(import.meta.url), options).on('message', resolve).on('error', reject);
        }),
    ),
  );
  const times = results.flatMap(({ times }) => times);
  return { perSecond: (times.length * size) / seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

/** Milliseconds of each run. */
async function loop({ model, rows, size, warmUp, seconds, thread }) {
  const session = await InferenceSession.create(readFileSync(model), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const batches = Array.from({ length: Math.floor(rows.length / size) }, (_, i) =>
    feedsOf(rows.slice(i * size, (i + 1) * size)),
  );
  const from = performance.now() + warmUp * 1000;
  const until = from + seconds * 1000;
  const times = [];
  // The threads begin at different texts.
  for (let i = thread * Math.floor(batches.length / THREADS), now = performance.now(); now < until; i += 1) {
    await session.run(batches[i % batches.length]);
    const end = performance.now();
    if (end >= from && end < until) times.push(end - now);
    now = end;
  }
  await session.release();
  return { times };
}

function feedsOf(rows) {
  const width = Math.max(...rows.map(({ length }) => length));
  const filled = (value) =>
    new Tensor(
      'int64',
      BigInt64Array.from(rows.flatMap((row) => Array.from({ length: width }, (_, i) => value(row[i])))),
      [rows.length, width],
    );
  return {
    input_ids: filled((id) => BigInt(id ?? 0)),
    attention_mask: filled((id) => (id === undefined ? 0n : 1n)),
  };
}

if (!isMainThread) parentPort.postMessage(await loop(workerData));
