import { type Group, lines } from '../panels.js';
import { of, rate, share } from '../queries.js';

/** What is asked, and what is answered. */
export const traffic: Group = {
  title: 'Traffic',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'Requests by endpoint',
          description: 'Requests per second.',
          unit: 'reqps',
          queries: [[`sum by (endpoint) (${rate('inference_requests_total')})`, '{{endpoint}}']],
        }),
        lines({
          title: 'Responses by status',
          description: 'Responses per second.',
          unit: 'reqps',
          queries: [[`sum by (status) (${rate('inference_requests_total')})`, '{{status}}']],
        }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({
          title: 'Errors',
          description: 'Share of requests refused (4xx) and failed (5xx).',
          unit: 'percentunit',
          queries: [
            [share('4..'), '4xx'],
            [share('5..'), '5xx'],
          ],
        }),
        lines({
          title: 'Active requests by pod',
          description: 'Requests under way in each pod. Uneven: the load is not spread.',
          unit: 'short',
          whole: true,
          queries: [[`sum by (pod) (${of('inference_active_requests')})`, '{{pod}}']],
        }),
      ],
    },
  ],
};
