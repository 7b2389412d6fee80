import { type Group, lines } from '../panels.js';
import { mean, of, quantile, rate } from '../queries.js';

/** What waits, and how it is put together for the workers. */
export const batching: Group = {
  title: 'Queue and batches',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'Queue',
          description: 'Items that wait for a worker. A full queue answers 503.',
          unit: 'short',
          whole: true,
          queries: [[`sum by (model) (${of('inference_queue_depth')})`, '{{model}}']],
        }),
        lines({
          title: 'Wait in the queue p95',
          description: '95 of 100 items wait less than this for a worker.',
          unit: 's',
          queries: [[quantile(0.95, 'inference_queue_duration_seconds', ['model']), '{{model}}']],
        }),
        lines({
          title: 'Workers',
          description: 'Worker threads by what they do, over all pods.',
          unit: 'short',
          whole: true,
          stacked: true,
          queries: [[`sum by (state) (${of('inference_workers')})`, '{{state}}']],
        }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({
          title: 'Batch size',
          description: 'Mean number of items that a model is given at once.',
          unit: 'short',
          queries: [[mean('inference_batch_size', ['model']), '{{model}}']],
        }),
        lines({
          title: 'Why batches start',
          description: 'Batches per second: full, a worker was idle, the wait was over, or the model is being retired.',
          unit: 'ops',
          stacked: true,
          queries: [[`sum by (reason) (${rate('inference_batch_release_total')})`, '{{reason}}']],
        }),
        lines({
          title: 'Padding',
          description: 'Mean share of a batch that only fills up shorter texts.',
          unit: 'percentunit',
          queries: [[mean('inference_batch_padding_ratio', ['model']), '{{model}}']],
        }),
      ],
    },
  ],
};
