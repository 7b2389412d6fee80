import type { Config } from '../config.js';
import type { LoadedModel, Signature, Slot, WorkerModel } from '../runtime/messages.js';
import type { ModelMetadata, ModelStatistics, TensorMetadata } from './model-server.js';
import { emptyStatistics } from './statistics.js';

/** A version of a model that the workers hold. */
export interface ServedModel extends WorkerModel, LoadedModel {
  /** Whether the first dimension of every input and output is the batch. Without, a request is one row. */
  stackable: boolean;
  /** Most rows in one run. */
  maxItems: number;
  /** Most tokens of a run and of one text, and most characters of one, for a text model. */
  text?: { maxTokens: number; longest: number; maxCharacters: number };
  statistics: ModelStatistics;
}

/** Names that exporters give to the dimension along which rows may be added. */
const BATCH_DIMENSION = /^(n|b|none|batch.*|.*_batch|unk__\d+)$/i;

/** Most rows in one run of a model whose manifest does not say: of large rows more would take much memory. */
const DEFAULT_ITEMS = 32;

/** `config.batching` and `config.limits.textLength`. */
export type ModelLimits = Config['batching'] & Pick<Config['limits'], 'textLength'>;

export function servedModel(model: WorkerModel, loaded: LoadedModel, limits: ModelLimits): ServedModel {
  const { manifest } = model;
  const { signature } = loaded;
  const { batching, preprocessing } = manifest;
  const wanted = batching?.maxItems ?? DEFAULT_ITEMS;
  const stackable = batching?.maxItems === undefined ? hasBatchDimension(signature) : wanted > 1;
  return {
    ...model,
    ...loaded,
    stackable,
    maxItems: stackable ? Math.min(wanted, limits.maxItems) : 1,
    ...(preprocessing && {
      text: {
        maxTokens: Math.min(batching?.maxTokens ?? Infinity, limits.maxTokens),
        longest: preprocessing.maxTokens,
        maxCharacters: limits.textLength,
      },
    }),
    statistics: emptyStatistics(manifest.name, manifest.version),
  };
}

/** As the protocol shows it. */
export function metadataOf({ manifest, signature }: ServedModel, versions: string[]): ModelMetadata {
  return {
    name: manifest.name,
    versions,
    platform: 'onnx_onnxv1',
    inputs: signature.inputs.map(publicSlot),
    outputs: signature.outputs.map(publicSlot),
  };
}

const publicSlot = ({ shape, ...slot }: Slot): TensorMetadata => ({
  ...slot,
  shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
});

/**
 * Whether rows of different requests may be put together although the manifest does not say so: an open first dimension
 * need not be the batch, and stacking along another one would give wrong results. So it has to be called one everywhere.
 */
function hasBatchDimension({ inputs, outputs }: Signature): boolean {
  return [...inputs, ...outputs].every(
    ({ shape: [first] }) => typeof first === 'string' && BATCH_DIMENSION.test(first),
  );
}
