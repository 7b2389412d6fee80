import { type Group, lines, stat } from '../panels.js';
import { of, rate } from '../queries.js';

/** What the scraped pods say of themselves: there in every installation. */
export const processes: Group = {
  title: 'Pods, as they say themselves',
  rows: [
    {
      height: 7,
      panels: [
        stat({
          title: 'Targets up',
          description: 'Scraped pods that answer.',
          unit: 'short',
          queries: [[`sum(${of('up')})`, '']],
        }),
        stat({
          title: 'Targets down',
          description: 'Scraped pods that do not answer.',
          unit: 'short',
          queries: [[`count(${of('up')} == 0) or vector(0)`, '']],
        }),
        lines({
          title: 'Starts',
          description: 'Starts of each process within the last quarter of an hour, the first one not counted.',
          unit: 'short',
          whole: true,
          queries: [[`changes_prometheus(${of('process_start_time_seconds')}[15m])`, '{{pod}}']],
        }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({
          title: 'CPU by pod',
          description: 'Cores in use.',
          unit: 'short',
          queries: [[`sum by (pod) (${rate('process_cpu_seconds_total')})`, '{{pod}}']],
        }),
        lines({
          title: 'Memory by pod',
          description: 'Resident memory.',
          unit: 'bytes',
          queries: [[`sum by (pod) (${of('process_resident_memory_bytes')})`, '{{pod}}']],
        }),
        lines({
          title: 'Event loop delay p99',
          description: 'How late Node.js comes to what is due. High: the main thread is busy.',
          unit: 's',
          queries: [[`max by (pod) (${of('nodejs_eventloop_lag_p99_seconds')})`, '{{pod}}']],
        }),
      ],
    },
  ],
};
