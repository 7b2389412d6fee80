import { Injectable } from '@nestjs/common';
import { invalidInput } from '../errors/problem.js';
import type { House } from '../models/house.js';
import { ModelRuntime } from '../runtime/model-runtime.js';
import type { CallTerms } from '../serving/call.js';
import type { InferResult } from '../serving/model-server.js';
import type { NamedTensor } from '../serving/tensor.js';
import { houseTensors, numbersOf, numberTensors, textsOf, textTensors } from './tensors.js';

export interface SentimentAnswer {
  text: string;
  sentiment: string;
  /** Probability of that class, calibrated. */
  confidence: number;
  /** Probability of each class. */
  scores: Record<string, number>;
  /** Time in the model, shared with what ran in the same batch; in a list of texts, the text's share of it. */
  processing_time_ms: number;
  /** ISO 8601. */
  timestamp: string;
}

export interface BatchAnswer {
  predictions: SentimentAnswer[];
  total_processing_time_ms: number;
}

export interface LinearAnswer {
  input: number;
  prediction: number;
  model_version: string;
}

export interface HousePriceAnswer {
  /** US dollars of 1990. */
  prediction_usd: number;
  model_version: string;
  processing_time_ms: number;
  timestamp: string;
}

/** What each endpoint answers: a prediction in the words of the API. */
@Injectable()
export class PredictService {
  constructor(private readonly runtime: ModelRuntime) {}

  async sentiment(text: string, terms: CallTerms): Promise<SentimentAnswer> {
    const [prediction] = (await this.sentiments([text], terms)).predictions;
    if (!prediction) throw new Error('the model gave no prediction');
    return prediction;
  }

  async batch(texts: string[], terms: CallTerms): Promise<BatchAnswer> {
    const { predictions, seconds } = await this.sentiments(texts, terms);
    return { predictions, total_processing_time_ms: milliseconds(seconds) };
  }

  async linear(input: number, terms: CallTerms): Promise<LinearAnswer> {
    const { outputs, version } = await this.infer('linear', numberTensors(input), terms);
    const prediction = numbersOf(outputs, 'y')[0] ?? NaN;
    // JSON has no infinity, and a prediction that is none must not look like one.
    if (!Number.isFinite(prediction))
      throw invalidInput([{ field: 'value', message: 'is too large: the prediction overflows' }]);
    return { input, prediction, model_version: version };
  }

  async housePrice(house: House, terms: CallTerms): Promise<HousePriceAnswer> {
    const { outputs, version, timings } = await this.infer('house-price', houseTensors(house), terms);
    return {
      prediction_usd: round(numbersOf(outputs, 'variable')[0] ?? NaN, 2),
      model_version: version,
      processing_time_ms: milliseconds(timings.compute),
      timestamp: new Date().toISOString(),
    };
  }

  private async sentiments(
    texts: string[],
    terms: CallTerms,
  ): Promise<{ predictions: SentimentAnswer[]; seconds: number }> {
    const { outputs, labels: classes = [], timings } = await this.infer('sentiment', textTensors(texts), terms);
    const labels = textsOf(outputs, 'label');
    const scores = numbersOf(outputs, 'scores');
    const seconds = timings.tokenize + timings.compute;
    const timestamp = new Date().toISOString();
    const predictions = texts.map((text, i) => {
      const own = classes.map((label, j) => [label, round(scores[i * classes.length + j] ?? NaN, 4)] as const);
      const sentiment = labels[i] ?? '';
      return {
        text,
        sentiment,
        confidence: Math.max(...own.map(([, score]) => score)),
        scores: Object.fromEntries(own),
        processing_time_ms: milliseconds(seconds / texts.length),
        timestamp,
      };
    });
    return { predictions, seconds };
  }

  private infer(model: string, inputs: NamedTensor[], { signal, deadline, context }: CallTerms): Promise<InferResult> {
    return this.runtime.infer({ model, inputs, signal, deadline, context });
  }
}

const milliseconds = (seconds: number) => round(seconds * 1000, 3);

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
