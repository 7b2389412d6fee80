import type { ModelFiles } from '../models/model-files.js';
import type { Preprocessing } from '../models/manifest.js';
import type { NamedTensor } from '../serving/tensor.js';
import { WordPiece } from '../text/wordpiece.js';

/** How text becomes what a graph takes. */
export interface TextEncoder {
  /** The token ids of a text, never none. */
  encode(text: string): number[];
  /** The inputs of one run, each row padded to the longest. */
  feeds(rows: readonly (readonly number[])[]): NamedTensor[];
}

/** The encoder that a manifest asks for. @throws Error when its files do not fit */
export function textEncoder({ vocab, maxTokens }: Preprocessing, files: ModelFiles['all']): TextEncoder {
  const tokenizer = new WordPiece(new TextDecoder().decode(files.get(vocab)), maxTokens);
  return {
    encode: (text) => tokenizer.encode(text),
    feeds: (rows) => [
      { name: 'input_ids', datatype: 'INT64', ...padded(rows, BigInt) },
      { name: 'attention_mask', datatype: 'INT64', ...padded(rows, () => 1n) },
    ],
  };
}

/** A rectangle of the rows, filled up with 0. */
function padded(rows: readonly (readonly number[])[], value: (id: number) => bigint) {
  const width = Math.max(...rows.map((row) => row.length));
  const data = new BigInt64Array(rows.length * width);
  rows.forEach((row, i) => {
    row.forEach((id, j) => {
      data[i * width + j] = value(id);
    });
  });
  return { shape: [rows.length, width], data };
}
