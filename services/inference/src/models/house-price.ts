import { Tensor } from 'onnxruntime-node';
import { type House, NUMERIC_FEATURES, OCEAN_PROXIMITY } from './house.js';
import { numbersOf, type Predictor } from './predictor.js';

/** Price in US dollars of 1990. */
export const housePrice: Predictor<House, number> = {
  sample: {
    longitude: -122.23,
    latitude: 37.88,
    housing_median_age: 41,
    total_rooms: 880,
    total_bedrooms: 129,
    population: 322,
    households: 126,
    median_income: 8.3252,
    ocean_proximity: 'NEAR BAY',
  },
  mismatch({ inputs }) {
    const features = inputs.find(({ name }) => name === 'numeric')?.features;
    const categories = inputs.find(({ name }) => name === 'ocean_proximity')?.categories;
    if (!same(features, NUMERIC_FEATURES)) return `its numeric features must be ${NUMERIC_FEATURES.join(', ')}`;
    if (!same(categories, OCEAN_PROXIMITY)) return `its categories must be ${OCEAN_PROXIMITY.join(', ')}`;
    return undefined;
  },
  async predict(session, house) {
    const numeric = Float32Array.from(NUMERIC_FEATURES, (name) => house[name] ?? NaN);
    const outputs = await session.run({
      numeric: new Tensor('float32', numeric, [1, numeric.length]),
      ocean_proximity: new Tensor('string', [house.ocean_proximity], [1, 1]),
    });
    return numbersOf(outputs, 'variable')[0] ?? NaN;
  },
};

const same = (given: readonly string[] | undefined, wanted: readonly string[]) => given?.join('|') === wanted.join('|');
