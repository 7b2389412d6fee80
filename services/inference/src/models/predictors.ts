import { housePrice } from './house-price.js';
import { linear } from './linear.js';
import type { ModelName } from './names.js';
import type { Predictor } from './predictor.js';
import { sentiment } from './sentiment.js';

/** How each model is used. Only for worker threads: it loads the native library. */
export const predictors = { sentiment, 'house-price': housePrice, linear } satisfies Record<ModelName, unknown>;

export type InputOf<M extends ModelName> = (typeof predictors)[M] extends Predictor<infer I, unknown> ? I : never;
export type OutputOf<M extends ModelName> = Awaited<ReturnType<(typeof predictors)[M]['predict']>>;
