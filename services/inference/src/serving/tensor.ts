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

/**
 * The elements of a tensor in row-major order; FP16 as its bits, BOOL as 0 and 1, BYTES as text, because ONNX has no
 * other bytes.
 */
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
  | string[];

/** An input or output of a model by its name, whatever wire it came by; so it goes to a worker as well. */
export interface NamedTensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: TensorData;
}

/** The array that holds the elements of each numeric datatype. */
export const ARRAY_TYPES = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} satisfies Record<Exclude<Datatype, 'BYTES'>, unknown>;
