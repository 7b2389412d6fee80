import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Datatype, NamedTensor } from '../serving/tensor.js';
import type { Signature, Slot } from './messages.js';

const OPTIONS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  // The pool spreads the work over the CPUs; threads inside a session would only compete with it.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Inputs differ in size, and a pattern of memory is kept for every size seen.
  enableMemPattern: false,
  // Only what is fatal: every other error is thrown as well, and the log of the service is JSON.
  logSeverityLevel: 4,
  // A spinning thread burns the CPU quota that the HTTP thread needs.
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

const DATATYPE_OF: Partial<Record<Tensor.Type, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};
const TYPE_OF = Object.fromEntries(Object.entries(DATATYPE_OF).map(([type, datatype]) => [datatype, type])) as Record<
  Datatype,
  Tensor.Type
>;

/** A model in ONNX Runtime. Only for worker threads: creating and running it blocks the thread. */
export class Session {
  private constructor(
    private readonly session: InferenceSession,
    readonly signature: Signature,
  ) {}

  /** @param externalData the files in which the model keeps weights, by the path that it names them with */
  static async create(model: Uint8Array, externalData: { path: string; data: Uint8Array }[]): Promise<Session> {
    const session = await InferenceSession.create(model, { ...OPTIONS, externalData });
    const signature = { inputs: session.inputMetadata.map(slotOf), outputs: session.outputMetadata.map(slotOf) };
    return new Session(session, signature);
  }

  /** @param outputs names of those to compute, all when left out */
  async run(inputs: readonly NamedTensor[], outputs?: readonly string[]): Promise<NamedTensor[]> {
    const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, toTensor(tensor)]));
    const wanted = outputs ?? this.session.outputNames;
    const results = await this.session.run(feeds, [...wanted]);
    return wanted.map((name) => fromTensor(name, results[name]));
  }

  /** Gives the memory back. */
  release(): Promise<void> {
    return this.session.release();
  }
}

function slotOf(value: InferenceSession.ValueMetadata): Slot {
  const datatype = value.isTensor ? DATATYPE_OF[value.type] : undefined;
  if (!value.isTensor || datatype === undefined)
    throw new Error(`its ${value.name} is no tensor of a type that the protocol knows`);
  return { name: value.name, datatype, shape: [...value.shape] };
}

/** As ONNX Runtime takes it: its native part has numbers of 16 bits for FP16, which Node.js 24 would make a Float16Array. */
function toTensor({ datatype, shape, data }: NamedTensor): Tensor {
  if (datatype === 'FP16') return Object.assign(new Tensor('uint16', data, shape), { type: TYPE_OF.FP16 });
  return new Tensor(TYPE_OF[datatype], data, shape);
}

function fromTensor(name: string, tensor: Tensor | undefined): NamedTensor {
  const datatype = tensor && DATATYPE_OF[tensor.type];
  if (!tensor || !datatype) throw new Error(`the model gave no ${name}`);
  const { data, dims } = tensor;
  const bits = datatype === 'FP16' && !(data instanceof Uint16Array) ? bitsOf(data as unknown as Uint16Array) : data;
  return { name, datatype, shape: [...dims], data: bits };
}

const bitsOf = ({ buffer, byteOffset, length }: Uint16Array) => new Uint16Array(buffer, byteOffset, length);
