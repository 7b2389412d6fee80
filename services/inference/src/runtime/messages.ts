import type { Manifest } from '../models/manifest.js';
import type { Datatype, NamedTensor } from '../serving/tensor.js';

/** A model for a worker to load. */
export interface WorkerModel {
  /** Unlike any other that was or will be loaded, also of the same version. */
  id: string;
  home: string;
  manifest: Manifest;
}

/** What a worker is given at its start. */
export interface WorkerData {
  models: WorkerModel[];
  /** `config.batching.maxTokens`. */
  maxTokens: number;
}

/** A tensor of a model's signature; a name stands for any size. An empty shape may also be one that is not known. */
export interface Slot {
  name: string;
  datatype: Datatype;
  shape: (number | string)[];
}

export interface Signature {
  inputs: Slot[];
  outputs: Slot[];
}

/** What a worker knows of a model that it has loaded. */
export interface LoadedModel {
  signature: Signature;
  /** Seconds to read and check its files, load it and run it once. */
  loadSeconds: number;
}

/** A batch to run. */
export interface RunOrder {
  type: 'run';
  model: string;
  inputs: NamedTensor[];
  /** Names of the outputs wanted, all when left out. */
  outputs?: readonly string[] | undefined;
}

/** What a worker is told: a batch, one at a time, or to end. */
export type WorkerOrder = RunOrder | { type: 'close' };

export interface RunResult {
  outputs: NamedTensor[];
  /** Seconds spent on text to tokens, and in the model. */
  tokenize: number;
  compute: number;
  /** Tokens of the texts, and with the padding, of a text model. */
  tokens?: { real: number; padded: number };
}

/** What a worker says: once that it is ready, with its models by their ids, then one answer for each batch. */
export type WorkerMessage =
  | { type: 'ready'; models: Record<string, LoadedModel>; warnings: string[] }
  | { type: 'done'; result: RunResult }
  | { type: 'failed'; message: string };
