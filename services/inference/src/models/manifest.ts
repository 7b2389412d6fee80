import { type Checked, compile } from '../schema.js';

/**
 * An input or output of a model's graph, as `GET /model/info` shows it. Further keys (features, categories, unit, …)
 * describe it.
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
  bytes?: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** Text to token ids by the WordPiece algorithm of BERT; the model then takes `input_ids` and `attention_mask`. */
export interface Preprocessing {
  type: 'wordpiece';
  /** Name of the input that the protocols show. */
  input: string;
  /** File of the vocabulary, a token in each line; one of `files`. */
  vocab: string;
  /** Longest sequence, [CLS] and [SEP] included; what is longer is cut. */
  maxTokens: number;
}

/** An output with a number for each class becomes the best `label` and the `scores` of all. */
export interface Classification {
  type: 'classification';
  output: string;
  labels: string[];
  /** What makes the numbers probabilities: `softmax` of logits, or `none` when they are probabilities. */
  activation: 'softmax' | 'none';
}

export interface Batching {
  maxItems?: number;
  maxTokens?: number;
}

/** `manifest.json`, which stands beside the files of a model. */
export interface Manifest {
  name: string;
  version: string;
  /** Path of the ONNX file; one of `files`. */
  model: string;
  /** All files that the model needs, external data too. */
  files: ModelFile[];
  /** Those of the graph; taken from it when left out. */
  inputs?: ModelValue[];
  outputs?: ModelValue[];
  preprocessing?: Preprocessing;
  postprocessing?: Classification;
  batching?: Batching;
  /** Measured by the training on data it had not seen. */
  metrics?: Record<string, number>;
  training?: Record<string, string | number>;
}

/** What a model may be called: it stands in paths and in labels of metrics. */
const NAME = '^[a-z0-9][a-z0-9_-]{0,62}$';
const VERSION = '^v?\\d+(\\.\\d+){0,2}$';
/** A plain file name: a manifest cannot reach outside its folder. */
const FILE = '^[A-Za-z0-9][A-Za-z0-9._-]*$';

const text = { type: 'string', minLength: 1 };
const strings = { type: 'array', items: text };
const values = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['name', 'type', 'shape'],
    properties: {
      name: text,
      type: text,
      shape: { type: 'array', items: { type: ['string', 'integer'] } },
      features: strings,
      categories: strings,
    },
  },
};
const closed = (properties: object, required: string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const check = compile<Manifest>(
  closed(
    {
      name: { type: 'string', pattern: NAME },
      version: { type: 'string', pattern: VERSION },
      model: { type: 'string', pattern: FILE },
      files: {
        type: 'array',
        minItems: 1,
        items: closed(
          {
            path: { type: 'string', pattern: FILE },
            bytes: { type: 'integer', minimum: 1 },
            sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          },
          ['path', 'sha256'],
        ),
      },
      inputs: values,
      outputs: values,
      preprocessing: closed(
        {
          type: { const: 'wordpiece' },
          input: { ...text, default: 'text' },
          vocab: { type: 'string', pattern: FILE },
          maxTokens: { type: 'integer', minimum: 8, maximum: 8192 },
        },
        ['type', 'vocab', 'maxTokens'],
      ),
      postprocessing: closed(
        {
          type: { const: 'classification' },
          output: text,
          labels: { ...strings, minItems: 2, uniqueItems: true },
          activation: { enum: ['softmax', 'none'], default: 'softmax' },
        },
        ['type', 'output', 'labels'],
      ),
      batching: closed({ maxItems: { type: 'integer', minimum: 1 }, maxTokens: { type: 'integer', minimum: 128 } }, []),
      metrics: { type: 'object', additionalProperties: { type: 'number' } },
      training: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
    },
    ['name', 'version', 'model', 'files'],
  ),
  { useDefaults: true },
);

/** Checks the content of a manifest and completes it with the defaults. */
export function parseManifest(content: unknown): Checked<Manifest> {
  const checked = check(content);
  if ('problems' in checked) return checked;
  const { files, model, preprocessing } = checked.value;
  const problems = Object.entries({
    model,
    ...(preprocessing?.type === 'wordpiece' && { 'preprocessing.vocab': preprocessing.vocab }),
  })
    .filter(([, path]) => !files.some((file) => file.path === path))
    .map(([field]) => ({ field, message: 'must be the path of one of files' }));
  return problems.length > 0 ? { problems } : checked;
}
