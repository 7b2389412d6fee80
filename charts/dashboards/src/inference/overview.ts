import { bad, good, type Group, stat } from '../panels.js';
import { of, quantile, rate, share } from '../queries.js';

/** Is it well, in one line. */
export const overview: Group = {
  title: 'Now',
  rows: [
    {
      height: 4,
      panels: [
        stat({
          title: 'Request rate',
          description: 'Requests answered per second.',
          unit: 'reqps',
          queries: [[`sum(${rate('inference_requests_total')})`, '']],
        }),
        stat({
          title: 'Error rate',
          description: 'Share of requests answered with a 5xx status.',
          unit: 'percentunit',
          max: 1,
          steps: bad(0.01, 0.05),
          queries: [[share('5..'), '']],
        }),
        stat({
          title: 'Latency p95',
          description: '95 of 100 requests are answered faster than this.',
          unit: 's',
          queries: [[quantile(0.95, 'inference_request_duration_seconds'), '']],
        }),
        stat({
          title: 'Active requests',
          description: 'Requests under way in all pods.',
          unit: 'short',
          queries: [[`sum(${of('inference_active_requests')})`, '']],
        }),
        stat({
          title: 'Models ready',
          description: 'Share of the loaded models that answer, over all pods.',
          unit: 'percentunit',
          max: 1,
          steps: good(1),
          queries: [[`avg(${of('model_ready')})`, '']],
        }),
        stat({
          title: 'Alerts',
          description: 'Alerts that fire. Which ones: query ALERTS{alertstate="firing"}.',
          unit: 'short',
          steps: bad(1, 3),
          queries: [[`count(${of('ALERTS', 'alertstate="firing"')}) or vector(0)`, '']],
        }),
      ],
    },
  ],
};
