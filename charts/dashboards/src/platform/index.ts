import { dashboard } from '../dashboard.js';
import { of } from '../queries.js';
import { containers } from './containers.js';
import { processes } from './processes.js';
import { store } from './store.js';
import { workloads } from './workloads.js';

export const platform = dashboard({
  uid: 'ml-platform-platform',
  title: 'Platform',
  description: 'Pods, CPU and memory against their limits, autoscaling, restarts, and the metrics store.',
  namespacesOf: 'process_start_time_seconds',
  events: [
    {
      name: 'Pod started',
      color: 'blue',
      expr: `${of('process_start_time_seconds')} * 1000`,
      at: 'milliseconds',
      labels: ['pod'],
    },
  ],
  groups: [processes, containers, workloads, store],
});
