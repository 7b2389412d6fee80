/** Datatypes of the Open Inference Protocol v2 that an ONNX model may take or give. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];

/** The elements of a tensor in row-major order; FP16 as its bits, BOOL as 0 and 1, BYTES as one array for each element. */
export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array[];

/** An input or output of a model by its name, whatever wire it came by. */
export interface NamedTensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: TensorData;
}
