import { SERVICE, VERSION } from '../service-info.js';
import type { Duration, ModelMetadata, ModelStatistics, TensorMetadata } from '../serving/model-server.js';

/** What the protocol says of the server and its models, in the words that REST and gRPC share. */

/** The extensions of the protocol that are served, by the names Triton gave them. */
const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'model_repository(unload_dependents)',
  'statistics',
];

export const serverMetadata = () => ({ name: SERVICE, version: VERSION, extensions: EXTENSIONS });

/** The part of Triton's model configuration that follows from the metadata. Shapes are whole, so there is no batch size. */
export function modelConfig({ name, inputs, outputs }: ModelMetadata) {
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    max_batch_size: 0,
    input: inputs.map(configTensor),
    output: outputs.map(configTensor),
  };
}

const configTensor = ({ name, datatype, shape }: TensorMetadata) => ({
  name,
  data_type: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
  dims: shape,
});

export const modelStatistics = (statistics: readonly ModelStatistics[]) => ({
  model_stats: statistics.map((model) => ({
    name: model.name,
    version: model.version,
    last_inference: model.lastInference,
    inference_count: model.inferenceCount,
    execution_count: model.executionCount,
    inference_stats: {
      success: duration(model.success),
      fail: duration(model.fail),
      queue: duration(model.queue),
      compute_input: duration(model.computeInput),
      compute_infer: duration(model.computeInfer),
      compute_output: duration(model.computeOutput),
    },
    batch_stats: [],
  })),
});

/** Whole nanoseconds: the protocol has no fractions of them. */
const duration = ({ count, ns }: Duration) => ({ count, ns: Math.round(ns) });
