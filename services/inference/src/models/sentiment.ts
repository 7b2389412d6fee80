import { Tensor } from 'onnxruntime-node';
import { numbersOf, type Predictor } from './predictor.js';
import { featureIds } from './sentiment-features.js';

/** The classes in the order of the model's output. */
export const SENTIMENTS = ['negative', 'neutral', 'positive'] as const;

export interface Sentiment {
  sentiment: (typeof SENTIMENTS)[number];
  /** Probability of that class, calibrated. */
  confidence: number;
}

/** The sentiment of each text, all in one run. */
export const sentiment: Predictor<string[], Sentiment[]> = {
  sample: ['a text to warm up with'],
  mismatch({ labels }) {
    return labels?.join() === SENTIMENTS.join() ? undefined : `its labels must be ${SENTIMENTS.join(', ')}`;
  },
  async predict(session, texts) {
    const rows = texts.map(featureIds);
    const width = Math.max(...rows.map((row) => row.length));
    // Rows are filled up to the longest with feature 0 of the value 0, which adds nothing.
    const ids = new BigInt64Array(rows.length * width);
    const values = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      row.forEach((id, j) => {
        ids[i * width + j] = BigInt(id);
      });
      values.fill(1 / Math.sqrt(row.length), i * width, i * width + row.length);
    });
    const shape = [rows.length, width];
    const outputs = await session.run({
      ids: new Tensor('int64', ids, shape),
      values: new Tensor('float32', values, shape),
    });
    const probabilities = numbersOf(outputs, 'probabilities');
    return rows.map((_, i) =>
      mostProbable([...probabilities.slice(i * SENTIMENTS.length, (i + 1) * SENTIMENTS.length)]),
    );
  },
};

function mostProbable(probabilities: number[]): Sentiment {
  const confidence = Math.max(...probabilities);
  const sentiment = SENTIMENTS[probabilities.indexOf(confidence)];
  if (sentiment === undefined) throw new Error('the model gave no probability');
  return { sentiment, confidence };
}
