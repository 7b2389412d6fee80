import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const GOLDEN = new URL('../../services/inference/test/golden/sentiment.jsonl', import.meta.url);

/** Sentences of everyday language with the label that the model gives them, in an order that is always the same mix. */
export function labelledTexts(labels) {
  const rows = readFileSync(GOLDEN, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  return rows
    .map(({ text, probabilities }) => ({ text, label: labels[probabilities.indexOf(Math.max(...probabilities))] }))
    .toSorted((a, b) => (hash(a.text) < hash(b.text) ? -1 : 1));
}
