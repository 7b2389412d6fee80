import type { ModelFiles } from '../models/model-files.js';
import type { Preprocessing } from '../models/manifest.js';
import { featureIds } from '../models/sentiment-features.js';
import { WordPiece } from '../text/wordpiece.js';
import type { WireTensor } from './messages.js';

/** How text becomes what a graph takes. */
export interface TextEncoder {
  /** The ids of a text: tokens or features, never none. */
  encode(text: string): number[];
  /** The inputs of one run, each row padded to the longest. */
  feeds(rows: readonly (readonly number[])[]): WireTensor[];
}

/** The encoder that a manifest asks for. @throws Error when its files do not fit */
export function textEncoder(spec: Preprocessing, files: ModelFiles['all']): TextEncoder {
  switch (spec.type) {
    case 'ngrams':
      return ngrams;
    case 'wordpiece':
      return wordpiece(new WordPiece(new TextDecoder().decode(files.get(spec.vocab)), spec.maxTokens));
  }
}

const wordpiece = (tokenizer: WordPiece): TextEncoder => ({
  encode: (text) => tokenizer.encode(text),
  feeds: (rows) => [
    { name: 'input_ids', datatype: 'INT64', ...padded(rows, BigInt64Array, BigInt) },
    { name: 'attention_mask', datatype: 'INT64', ...padded(rows, BigInt64Array, () => 1n) },
  ],
});

const ngrams: TextEncoder = {
  encode: featureIds,
  // Rows are filled up with feature 0 of the value 0, which adds nothing.
  feeds: (rows) => [
    { name: 'ids', datatype: 'INT64', ...padded(rows, BigInt64Array, BigInt) },
    { name: 'values', datatype: 'FP32', ...padded(rows, Float32Array, (_, row) => 1 / Math.sqrt(row.length)) },
  ],
};

/** A rectangle of the rows, filled up with 0. */
function padded<A extends BigInt64Array | Float32Array>(
  rows: readonly (readonly number[])[],
  ArrayType: new (length: number) => A,
  value: (id: number, row: readonly number[]) => A[number],
): { shape: number[]; data: A } {
  const width = Math.max(...rows.map((row) => row.length));
  const data = new ArrayType(rows.length * width);
  rows.forEach((row, i) => {
    row.forEach((id, j) => {
      data[i * width + j] = value(id, row);
    });
  });
  return { shape: [rows.length, width], data };
}
