import { once } from 'node:events';
import { type InferRequest, type InferResult, type ModelServer, ServingError } from '../dist/serving/model-server.js';

const NOTHING = { count: 0, ns: 0 };
const METADATA = {
  name: 'echo',
  versions: ['1', '2'],
  platform: 'onnx_onnxv1',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
} as const;

/** Models without a runtime: `echo` gives back its inputs, and the others fail as their names say. */
export class FakeModels implements ModelServer {
  /** The requests that came in. */
  readonly seen: InferRequest[] = [];
  ready = true;

  async infer(request: InferRequest): Promise<InferResult> {
    this.seen.push(request);
    const { model, version = '2', inputs, outputs, signal } = request;
    switch (model) {
      case 'echo':
        return {
          model,
          version,
          outputs: inputs.filter(({ name }) => outputs?.includes(name) ?? true),
          timings: { queue: 0, tokenize: 0, compute: 0 },
        };
      case 'patient':
        await once(signal!, 'abort');
        throw new ServingError('cancelled', 'nobody waits any more');
      case 'overloaded':
        throw new ServingError('overloaded', 'the queue is full', 2.5);
      case 'broken':
        throw new Error('a secret of the inside');
      case 'failed':
      case 'not-ready':
      case 'deadline':
      case 'invalid':
        throw new ServingError(model, `it is ${model}`);
      default:
        throw new ServingError('not-found', `there is no model ${model}`);
    }
  }

  isReady = (model: string) => model === 'echo' && this.ready;

  metadata(model: string) {
    if (model !== 'echo') throw new ServingError('not-found', `there is no model ${model}`);
    return { ...METADATA, versions: [...METADATA.versions], inputs: tensors(), outputs: tensors() };
  }

  statistics = (model?: string) =>
    model === undefined || this.metadata(model)
      ? [
          {
            name: 'echo',
            version: '2',
            lastInference: 1_700_000_000_000,
            inferenceCount: 3,
            executionCount: 2,
            success: { count: 3, ns: 1234.5 },
            fail: NOTHING,
            queue: NOTHING,
            computeInput: NOTHING,
            computeInfer: NOTHING,
            computeOutput: NOTHING,
          },
        ]
      : [];

  index = () => [
    { name: 'echo', version: '2', state: 'READY', reason: '' } as const,
    { name: 'gone', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' } as const,
  ];

  async load(model: string): Promise<void> {
    this.metadata(model);
    this.ready = true;
    return Promise.resolve();
  }

  async unload(model: string): Promise<void> {
    this.metadata(model);
    this.ready = false;
    return Promise.resolve();
  }
}

const tensors = () => METADATA.inputs.map((tensor) => ({ ...tensor, shape: [...tensor.shape] }));
