import type { Manifest } from '../models/manifest.js';
import { readModelFiles } from '../models/model-files.js';
import { discard } from '../models/verified-file.js';
import { sliceRows, stackAll, stackRows } from '../serving/rows.js';
import type { NamedTensor } from '../serving/tensor.js';
import { classify, classSlots } from './classification.js';
import type { RunOrder, RunResult, Signature, WorkerModel } from './messages.js';
import { Session } from './session.js';
import { textEncoder, type TextEncoder } from './text-encoders.js';
import { planRuns } from './text-runs.js';

/** A model with what its manifest puts before and after the graph. Only for worker threads. */
export interface Pipeline {
  /** What the protocols show. */
  signature: Signature;
  run(order: Pick<RunOrder, 'inputs' | 'outputs'>): Promise<RunResult>;
  release(): Promise<void>;
}

type Runner = (inputs: readonly NamedTensor[], outputs: readonly string[] | undefined) => Promise<RunResult>;

/**
 * Reads, checks and loads a model.
 * @param limit most tokens of one run of a text model, padding included
 * @throws Error saying what is wrong with it
 */
export async function createPipeline({ home, manifest }: WorkerModel, limit: number): Promise<Pipeline> {
  const { graph, external, all } = await readModelFiles(home, manifest);
  const session = await Session.create(graph, external);
  // ONNX Runtime has its own copy of the graph by now.
  discard(graph);
  checkSignature(manifest, session.signature);
  const { preprocessing, postprocessing, batching } = manifest;
  const maxTokens = Math.min(limit, batching?.maxTokens ?? limit);
  const run = preprocessing ? textRunner(session, textEncoder(preprocessing, all), maxTokens) : tensorRunner(session);
  const { inputs, outputs } = session.signature;
  return {
    signature: {
      inputs: preprocessing ? [{ name: preprocessing.input, datatype: 'BYTES', shape: ['batch'] }] : inputs,
      outputs: postprocessing ? classSlots(postprocessing) : outputs,
    },
    run: async (order) => {
      if (!postprocessing) return run(order.inputs, order.outputs);
      const result = await run(order.inputs, [postprocessing.output]);
      const classes = classify(result.outputs, postprocessing);
      const wanted = order.outputs;
      return { ...result, outputs: wanted ? classes.filter(({ name }) => wanted.includes(name)) : classes };
    },
    release: () => session.release(),
  };
}

/** What the manifest says of the graph must be so; it is what people read. */
function checkSignature(manifest: Manifest, actual: Signature): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const declared = manifest[side];
    if (!declared) continue;
    const names = (slots: readonly { name: string }[]) =>
      slots
        .map(({ name }) => name)
        .sort()
        .join(', ');
    if (names(declared) !== names(actual[side]))
      throw new Error(`its manifest names the ${side} ${names(declared)}; the graph has ${names(actual[side])}`);
  }
}

const tensorRunner =
  (session: Session): Runner =>
  async (inputs, outputs) => {
    const started = performance.now();
    const results = await session.run(inputs, outputs);
    return { outputs: results, tokenize: 0, compute: secondsSince(started) };
  };

const textRunner =
  (session: Session, encoder: TextEncoder, maxTokens: number): Runner =>
  async ([input], outputs) => {
    const started = performance.now();
    const rows = (input?.data as string[]).map((text) => encoder.encode(text));
    const lengths = rows.map(({ length }) => length);
    const runs = planRuns(lengths, maxTokens);
    const tokenize = secondsSince(started);
    const results: NamedTensor[][] = [];
    let padded = 0;
    for (const run of runs) {
      const texts = run.map((i) => rows[i] ?? []);
      padded += texts.length * Math.max(...texts.map(({ length }) => length));
      results.push(await session.run(encoder.feeds(texts), outputs));
    }
    const tokens = { real: lengths.reduce((sum, length) => sum + length, 0), padded };
    const compute = secondsSince(started) - tokenize;
    return { outputs: inOrder(results, runs.flat()), tokenize, compute, tokens };
  };

/** The outputs of several runs as one, row i of them being of text `order[i]`. */
function inOrder(results: readonly NamedTensor[][], order: readonly number[]): NamedTensor[] {
  const sorted = order.map((text, row) => ({ text, row })).sort((a, b) => a.text - b.text);
  return stackAll(results).map((whole) => stackRows(sorted.map(({ row }) => sliceRows(whole, row, row + 1))));
}

const secondsSince = (milliseconds: number) => (performance.now() - milliseconds) / 1000;
