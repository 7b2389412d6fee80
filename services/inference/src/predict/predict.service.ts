import { Injectable } from '@nestjs/common';
import { invalidInput } from '../errors/problem.js';
import type { House } from '../models/house.js';
import type { Sentiment } from '../models/sentiment.js';
import { ModelRuntime } from '../runtime/model-runtime.js';

export interface SentimentAnswer extends Sentiment {
  text: string;
  /** Time in the model; in a batch, the text's share of it. */
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

  async sentiment(text: string): Promise<SentimentAnswer> {
    const { output, seconds } = await this.runtime.predict('sentiment', [text]);
    const [prediction] = answers([text], output, seconds);
    if (!prediction) throw new Error('the model gave no prediction');
    return prediction;
  }

  async batch(texts: string[]): Promise<BatchAnswer> {
    const { output, seconds } = await this.runtime.predict('sentiment', texts);
    return { predictions: answers(texts, output, seconds), total_processing_time_ms: milliseconds(seconds) };
  }

  async linear(input: number): Promise<LinearAnswer> {
    const { output, version } = await this.runtime.predict('linear', input);
    // JSON has no infinity, and a prediction that is none must not look like one.
    if (!Number.isFinite(output))
      throw invalidInput([{ field: 'value', message: 'is too large: the prediction overflows' }]);
    return { input, prediction: output, model_version: version };
  }

  async housePrice(house: House): Promise<HousePriceAnswer> {
    const { output, version, seconds } = await this.runtime.predict('house-price', house);
    return {
      prediction_usd: round(output, 2),
      model_version: version,
      processing_time_ms: milliseconds(seconds),
      timestamp: new Date().toISOString(),
    };
  }
}

function answers(texts: string[], sentiments: Sentiment[], seconds: number): SentimentAnswer[] {
  const timestamp = new Date().toISOString();
  return sentiments.map(({ sentiment, confidence }, i) => ({
    text: texts[i] ?? '',
    sentiment,
    confidence: round(confidence, 4),
    processing_time_ms: milliseconds(seconds / texts.length),
    timestamp,
  }));
}

const milliseconds = (seconds: number) => round(seconds * 1000, 3);

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
