import { bad, good, type Group, lines, stat } from '../panels.js';
import { of } from '../queries.js';

/** How many times too fast a budget is used up. What adding up floats leaves of nothing is no burn. */
const burn = (ratio: string, budget: number): string => `round(max(${of(ratio)}) / ${String(budget)}, 0.001)`;

/** The promise, and how fast what it allows is used up. The series are recorded by the rules of the metrics store. */
export const serviceLevel: Group = {
  title: 'Service level',
  rows: [
    {
      height: 7,
      panels: [
        stat({
          title: 'Availability, 1 h',
          description: 'Share of requests of the last hour without a 5xx answer. The objective is 99.5 %.',
          unit: 'percentunit',
          max: 1,
          steps: good(0.995),
          queries: [[`1 - max(${of('namespace:inference_errors:ratio_rate1h')})`, '']],
        }),
        lines({
          title: 'Error budget burn',
          description:
            '1 uses the budget of 0.5 % errors up exactly in its time; the alert is at 14.4 over 5 min and 1 h.',
          unit: 'short',
          queries: [
            [burn('namespace:inference_errors:ratio_rate5m', 0.005), '5 min'],
            [burn('namespace:inference_errors:ratio_rate1h', 0.005), '1 h'],
          ],
        }),
        stat({
          title: 'Slow requests, 1 h',
          description: 'Share of requests of the last hour that took longer than 0.25 s. The objective allows 1 %.',
          unit: 'percentunit',
          max: 1,
          steps: bad(0.01, 0.05),
          queries: [[`max(${of('namespace:inference_slow:ratio_rate1h')})`, '']],
        }),
        lines({
          title: 'Latency budget burn',
          description: '1 uses the budget of 1 % slow requests up exactly in its time.',
          unit: 'short',
          queries: [
            [burn('namespace:inference_slow:ratio_rate5m', 0.01), '5 min'],
            [burn('namespace:inference_slow:ratio_rate1h', 0.01), '1 h'],
          ],
        }),
      ],
    },
  ],
};
