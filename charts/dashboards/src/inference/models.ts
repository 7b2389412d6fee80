import { type Group, lines, table } from '../panels.js';
import { of, quantile, rate } from '../queries.js';

/** Models and their versions side by side. */
export const models: Group = {
  title: 'Models',
  rows: [
    {
      height: 8,
      panels: [
        table({
          title: 'Versions',
          description: 'Models in the pods, and in how many of them each version is ready.',
          unit: 'short',
          columns: { model: 'Model', version: 'Version', Value: 'Pods ready' },
          queries: [[`sum by (model, version) (${of('model_ready')})`, '']],
        }),
        lines({
          title: 'Inferences by version',
          description: 'Runs of each version per second.',
          unit: 'ops',
          queries: [
            [`sum by (model, version) (${rate('inference_compute_duration_seconds_count')})`, '{{model}} {{version}}'],
          ],
        }),
        lines({
          title: 'Latency p95 by version',
          description: 'Does the new version take longer than the one before.',
          unit: 's',
          queries: [
            [quantile(0.95, 'inference_compute_duration_seconds', ['model', 'version']), '{{model}} {{version}}'],
          ],
        }),
      ],
    },
  ],
};
