import { type Group, lines, type Query } from '../panels.js';
import { mean, quantile } from '../queries.js';

const REQUEST = 'inference_request_duration_seconds';
const MODEL = 'model_inference_duration_seconds';

const quantiles: readonly Query[] = [
  [quantile(0.5, REQUEST), 'p50'],
  [quantile(0.95, REQUEST), 'p95'],
  [quantile(0.99, REQUEST), 'p99'],
];

/** How long it takes, and where the time goes. */
export const latency: Group = {
  title: 'Latency',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'Request latency',
          description: 'Quantiles over all endpoints and pods.',
          unit: 's',
          queries: quantiles,
        }),
        lines({
          title: 'Request latency p95 by endpoint',
          description: 'Which endpoint is slow.',
          unit: 's',
          queries: [[quantile(0.95, REQUEST, ['endpoint']), '{{endpoint}}']],
        }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({
          title: 'Where the time goes',
          description:
            'Mean seconds of each stage, over all models: wait for a worker, text to tokens, the model itself.',
          unit: 's',
          stacked: true,
          queries: [
            [mean('inference_queue_duration_seconds'), 'queue'],
            [mean('inference_tokenize_duration_seconds'), 'tokenize'],
            [mean('inference_compute_duration_seconds'), 'compute'],
          ],
        }),
        lines({
          title: 'Model latency',
          description: 'Time in the model itself, without queue and HTTP.',
          unit: 's',
          queries: [
            [quantile(0.5, MODEL, ['model']), '{{model}} p50'],
            [quantile(0.95, MODEL, ['model']), '{{model}} p95'],
          ],
        }),
      ],
    },
  ],
};
