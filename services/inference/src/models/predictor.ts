import type { InferenceSession } from 'onnxruntime-node';
import type { Manifest } from './manifest.js';

/** What a predictor needs of a session: tests may bring their own. */
export type Session = Pick<InferenceSession, 'run'>;

/** How a model is used: from the input of a request to the tensors and back. It runs inside a worker thread. */
export interface Predictor<Input, Output> {
  /** An input like any other, to warm the model up with. */
  sample: Input;
  /** What makes `manifest` a model this code cannot feed; none when it fits. */
  mismatch(manifest: Manifest): string | undefined;
  predict(session: Session, input: Input): Promise<Output>;
}

/** The numbers of one output, whatever their type. */
export function numbersOf(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array | Float64Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new Error(`the model has no output of floating-point numbers named ${name}`);
}
