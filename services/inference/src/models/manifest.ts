import { type Checked, compile } from '../schema.js';

/**
 * An input or output of a model, as `GET /model/info` shows it. Further keys (features, categories, unit, …) describe
 * it.
 */
export interface ModelValue {
  name: string;
  type: string;
  /** Sizes of the dimensions; a name stands for any size. */
  shape: (string | number)[];
  features?: string[];
  categories?: string[];
}

/** A file of a model, relative to its manifest. */
export interface ModelFile {
  path: string;
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** `manifest.json`, which the training writes beside the model. */
export interface Manifest {
  name: string;
  version: string;
  /** Path of the ONNX file; one of `files`. */
  model: string;
  files: ModelFile[];
  inputs: ModelValue[];
  outputs: ModelValue[];
  /** What the outputs stand for, in their order, for a classifier. */
  labels?: string[];
  /** Measured by the training on data it had not seen. */
  metrics: Record<string, number>;
  training: Record<string, string | number>;
}

const values = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['name', 'type', 'shape'],
    properties: {
      name: { type: 'string' },
      type: { type: 'string' },
      shape: { type: 'array', items: { type: ['string', 'integer'] } },
      features: { type: 'array', items: { type: 'string' } },
      categories: { type: 'array', items: { type: 'string' } },
    },
  },
};

const check = compile<Manifest>({
  type: 'object',
  additionalProperties: false,
  required: ['name', 'version', 'model', 'files', 'inputs', 'outputs', 'metrics', 'training'],
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9-]+$' },
    version: { type: 'string', pattern: '^v\\d+\\.\\d+\\.\\d+$' },
    model: { type: 'string' },
    files: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['path', 'bytes', 'sha256'],
        properties: {
          // A plain file name: a manifest cannot reach outside its folder.
          path: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' },
          bytes: { type: 'integer', minimum: 1 },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        },
      },
    },
    inputs: values,
    outputs: values,
    labels: { type: 'array', items: { type: 'string' } },
    metrics: { type: 'object', additionalProperties: { type: 'number' } },
    training: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
  },
});

/** Checks the content of a manifest. */
export function parseManifest(content: unknown): Checked<Manifest> {
  const checked = check(content);
  if ('problems' in checked || checked.value.files.some(({ path }) => path === checked.value.model)) return checked;
  return { problems: [{ field: 'model', message: 'must be the path of one of files' }] };
}
