/*
 * What is known of a house: shared by the request schema and the model. Apart from the model's code, which needs the
 * native library.
 */

/** The numeric features in the order of the model's input. */
export const NUMERIC_FEATURES = [
  'longitude',
  'latitude',
  'housing_median_age',
  'total_rooms',
  'total_bedrooms',
  'population',
  'households',
  'median_income',
] as const;

export const OCEAN_PROXIMITY = ['<1H OCEAN', 'INLAND', 'ISLAND', 'NEAR BAY', 'NEAR OCEAN'] as const;

export type NumericFeature = (typeof NUMERIC_FEATURES)[number];

/** A census block group. The model was trained with groups whose `total_bedrooms` is not known. */
export type House = Record<Exclude<NumericFeature, 'total_bedrooms'>, number> & {
  total_bedrooms?: number | null;
  ocean_proximity: (typeof OCEAN_PROXIMITY)[number];
};
