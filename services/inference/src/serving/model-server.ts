import { Refusal } from '../errors/refusal.js';
import type { RequestContext, Timings } from '../http/request-context.js';
import type { NamedTensor } from './tensor.js';

/** One inference, whatever protocol asked for it. The first dimension of every input is the batch, unless the model has none. */
export interface InferRequest {
  model: string;
  /** The default version of the model's policy when left out. */
  version?: string | undefined;
  inputs: NamedTensor[];
  /** Names of the outputs to give, in this order; all when left out. */
  outputs?: readonly string[] | undefined;
  /** On the clock of `performance.now()`, in milliseconds: no work is begun after it. */
  deadline?: number | undefined;
  /** Aborted when the client has gone. */
  signal?: Pick<AbortSignal, 'aborted'> | undefined;
  /** The request on whose behalf it is made. */
  context?: RequestContext | undefined;
}

export interface InferResult {
  model: string;
  version: string;
  outputs: NamedTensor[];
  /** The classes of a classifier, in the order of its scores. */
  labels?: readonly string[] | undefined;
  /** Seconds waited in the queue, spent on text to tokens, and in the model. */
  timings: Timings;
}

/** Why an inference was not made. Each protocol has its own words and codes for them. */
export type ServingErrorCode =
  | 'invalid' // the request does not fit the model
  | 'not-found' // no such model or version
  | 'not-ready' // loading, unloading, or the worker died: try again
  | 'overloaded' // the queue is full
  | 'deadline' // no time left
  | 'cancelled' // the client has gone
  | 'failed'; // the model failed

export class ServingError extends Refusal {
  override readonly name = 'ServingError';
  constructor(
    readonly code: ServingErrorCode,
    message: string,
    /** Seconds after which trying again makes sense. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** A tensor of a model's signature; -1 stands for any size, as in the protocol. */
export interface TensorMetadata {
  name: string;
  datatype: NamedTensor['datatype'];
  shape: number[];
}

export interface ModelMetadata {
  name: string;
  versions: string[];
  platform: 'onnx_onnxv1';
  inputs: TensorMetadata[];
  outputs: TensorMetadata[];
}

/** Counts and nanoseconds since the version was loaded, as Triton's statistics extension has them. */
export interface ModelStatistics {
  name: string;
  version: string;
  lastInference: number;
  inferenceCount: number;
  executionCount: number;
  success: Duration;
  fail: Duration;
  queue: Duration;
  computeInput: Duration;
  computeInfer: Duration;
  computeOutput: Duration;
}
export interface Duration {
  count: number;
  ns: number;
}

export interface IndexEntry {
  name: string;
  version: string;
  state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';
  reason: string;
}

/** The models of the service as every protocol sees them. Each method but `overload`, `isReady` and `index` throws ServingError. */
export interface ModelServer {
  infer(request: InferRequest): Promise<InferResult>;
  /** Why any request for the model would be refused now, undefined when its queue has room. Counts as the request refused. */
  overload(model: string, version?: string): ServingError | undefined;
  /** True when the model (of that version) would be served now; of an unknown one it is false. */
  isReady(model: string, version?: string): boolean;
  metadata(model: string, version?: string): ModelMetadata;
  /** Of one model, one version, or all. */
  statistics(model?: string, version?: string): ModelStatistics[];
  index(): IndexEntry[];
  load(model: string): Promise<void>;
  unload(model: string): Promise<void>;
}
