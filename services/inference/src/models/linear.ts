import { Tensor } from 'onnxruntime-node';
import { numbersOf, type Predictor } from './predictor.js';

/** y for x. In float64, so that numbers come through exactly as JSON has them. */
export const linear: Predictor<number, number> = {
  sample: 21,
  mismatch: () => undefined,
  async predict(session, x) {
    const outputs = await session.run({ x: new Tensor('float64', Float64Array.of(x), [1]) });
    return numbersOf(outputs, 'y')[0] ?? NaN;
  },
};
