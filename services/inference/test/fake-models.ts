import { EventEmitter, once } from 'node:events';
import { vi } from 'vitest';
import { Readiness } from '../dist/health/readiness.js';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import { type InferRequest, type InferResult, type ModelServer, ServingError } from '../dist/serving/model-server.js';
import { listen, type Service } from './support.js';

export interface FakeModels extends ModelServer {
  /** The requests that came in. */
  seen: InferRequest[];
  /** Lets `held` answer, which waits for it. */
  release: () => void;
}

/**
 * The service with models that no worker runs: `echo` gives back its inputs, and the others fail as their names say.
 * @param others than these methods
 */
export async function startFake(
  overrides: object = {},
  others: Partial<ModelServer> = {},
): Promise<Service & { models: FakeModels }> {
  const service = await listen(overrides);
  const models = { ...fakeModels(), ...others };
  Object.assign(service.app.get(ModelRuntime), models);
  service.app.get(Readiness).watch(() => undefined);
  return { ...service, models };
}

function fakeModels(): FakeModels {
  const seen: InferRequest[] = [];
  const ready = new Set(['echo']);
  const metadata = (name: string, version = '2') => {
    if (name !== 'echo' || version !== '2') throw new ServingError('not-found', `there is no model ${name} ${version}`);
    const tensors = [{ name: 'x', datatype: 'FP32', shape: [-1, 2] } as const].map(({ ...tensor }) => tensor);
    return { name, versions: ['2'], platform: 'onnx_onnxv1', inputs: tensors, outputs: tensors } as const;
  };
  const held = new EventEmitter();
  return {
    seen,
    release: () => held.emit('released'),
    infer: async (request) => {
      seen.push(request);
      if (request.model === 'held') await once(held, 'released');
      return answer(request);
    },
    overload: () => undefined,
    isReady: (name) => ready.has(name),
    metadata: (name, version) => structuredClone(metadata(name, version)) as never,
    statistics: (name = 'echo', version) => [{ ...STATISTICS, name: metadata(name, version).name }],
    index: () => [
      { name: 'echo', version: '2', state: ready.has('echo') ? 'READY' : 'UNAVAILABLE', reason: '' },
      { name: 'gone', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
    ],
    load: async (name) => void ready.add(await Promise.resolve(metadata(name).name)),
    unload: async (name) => void ready.delete(await Promise.resolve(metadata(name).name)),
  };
}

async function answer({ model, version = '2', inputs, outputs, signal }: InferRequest): Promise<InferResult> {
  switch (model) {
    case 'held':
    case 'echo': {
      const wanted = outputs ? inputs.filter(({ name }) => outputs.includes(name)) : inputs;
      return { model, version, outputs: wanted, timings: { queue: 0, tokenize: 0, compute: 0 } };
    }
    case 'patient':
      await vi.waitUntil(() => signal?.aborted, { timeout: 20_000 });
      throw new ServingError('cancelled', 'nobody waits any more');
    case 'overloaded':
      throw new ServingError('overloaded', 'the queue is full', 2.5);
    case 'broken':
      throw new TypeError('a secret of the inside');
    case 'failed':
    case 'not-ready':
    case 'deadline':
    case 'invalid':
      throw new ServingError(model, `it is ${model}`);
    default:
      throw new ServingError('not-found', `there is no model ${model}`);
  }
}

const NONE = { count: 0, ns: 0 };
const STATISTICS = {
  name: 'echo',
  version: '2',
  lastInference: 1_700_000_000_000,
  inferenceCount: 3,
  executionCount: 2,
  success: { count: 3, ns: 1234.5 },
  fail: NONE,
  queue: NONE,
  computeInput: NONE,
  computeInfer: NONE,
  computeOutput: NONE,
};
