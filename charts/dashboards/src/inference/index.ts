import { dashboard } from '../dashboard.js';
import { of } from '../queries.js';
import { batching } from './batching.js';
import { latency } from './latency.js';
import { models } from './models.js';
import { overview } from './overview.js';
import { serviceLevel } from './service-level.js';
import { traffic } from './traffic.js';

export const inference = dashboard({
  uid: 'ml-platform-inference',
  title: 'Inference',
  description: 'Traffic, errors, latency, queue, batches and models of the model server.',
  namespacesOf: 'inference_requests_total',
  events: [
    {
      name: 'Pod started',
      color: 'blue',
      expr: `${of('process_start_time_seconds', 'component="model-server"')} * 1000`,
      at: 'milliseconds',
      labels: ['pod'],
    },
  ],
  groups: [overview, traffic, latency, batching, models, serviceLevel],
});
