/** Every model of the service: the folder under models/, the label of its metric. */
export const MODEL_NAMES = ['sentiment', 'house-price', 'linear'] as const;

export type ModelName = (typeof MODEL_NAMES)[number];
