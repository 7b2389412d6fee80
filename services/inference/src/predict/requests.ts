import type { Config } from '../config.js';
import { invalidInput } from '../errors/problem.js';
import { type House, NUMERIC_FEATURES, type NumericFeature, OCEAN_PROXIMITY } from '../models/house.js';
import { type Checked, compile } from '../schema.js';

/** Turns what a client sent into a typed request. @throws Problem 422 with every problem */
type Parser<T> = (input: unknown) => T;

export interface RequestParsers {
  predict: Parser<{ text: string }>;
  batch: Parser<{ texts: string[] }>;
  house: Parser<House>;
}

/** The schemas of the request bodies: what is checked is what the API's description says. */
export function requestSchemas({ textLength, batchItems }: Config['limits']): Record<keyof RequestParsers, object> {
  const text = { type: 'string', minLength: 1, maxLength: textLength };
  return {
    predict: objectOf({ text }),
    batch: objectOf({ texts: { type: 'array', minItems: 1, maxItems: batchItems, items: text } }),
    house: HOUSE,
  };
}

/** Compiles the schemas of the request bodies. */
export function requestParsers(limits: Config['limits']): RequestParsers {
  const { predict, batch, house } = requestSchemas(limits);
  return { predict: parser(compile(predict)), batch: parser(compile(batch)), house: parser(compile(house)) };
}

/** A decimal number as it may stand in a path. Number() alone would take 0x10, a blank and Infinity. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws Problem 422 when it is not a finite number */
export function parseNumber(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw invalidInput([{ field: 'value', message: 'must be a finite number, such as 21, -3.5 or 1e3' }]);
}

const COUNT = { type: 'number', minimum: 0 };
const FEATURES: Record<NumericFeature, object> = {
  longitude: { type: 'number', minimum: -180, maximum: 180 },
  latitude: { type: 'number', minimum: -90, maximum: 90 },
  housing_median_age: COUNT,
  total_rooms: COUNT,
  total_bedrooms: { type: ['number', 'null'], minimum: 0 },
  population: COUNT,
  households: COUNT,
  median_income: COUNT,
};
const OPTIONAL: NumericFeature = 'total_bedrooms';
const HOUSE = objectOf({ ...FEATURES, ocean_proximity: { type: 'string', enum: OCEAN_PROXIMITY } }, [
  ...NUMERIC_FEATURES.filter((name) => name !== OPTIONAL),
  'ocean_proximity',
]);

function objectOf(properties: Record<string, object>, required = Object.keys(properties)) {
  return { type: 'object', additionalProperties: false, properties, required };
}

function parser<T>(check: (input: unknown) => Checked<T>): Parser<T> {
  return (input) => {
    const checked = check(input);
    if ('value' in checked) return checked.value;
    throw invalidInput(checked.problems.map(({ field, message }) => ({ field: field || 'body', message })));
  };
}
