import { type Group, lines } from '../panels.js';
import { of, rate } from '../queries.js';

/** The containers of a pod, without the one that only holds its network and without the sums over them. */
const CONTAINERS = 'container!="",container!="POD"';

const sum = (expr: string): string => `sum by (pod, container) (${expr})`;
const cpu = sum(rate('container_cpu_usage_seconds_total', CONTAINERS));
const cores = `(${sum(of('container_spec_cpu_quota', CONTAINERS))} / ${sum(of('container_spec_cpu_period', CONTAINERS))})`;
const limit = `(${sum(of('container_spec_memory_limit_bytes', CONTAINERS))} > 0)`;
const legend = '{{pod}} {{container}}';

/** What the kubelet measures. */
export const containers: Group = {
  title: 'CPU and memory against the limits (needs victoria-metrics.scrape.kubelet.enabled)',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'CPU of the limit',
          description: 'Use of the cores that a container may use. At 100 % it is held back.',
          unit: 'percentunit',
          queries: [[`${cpu} / ${cores}`, legend]],
        }),
        lines({
          title: 'Held back',
          description: 'Share of the periods in which a container wanted more CPU than its limit.',
          unit: 'percentunit',
          max: 1,
          queries: [
            [
              `${sum(rate('container_cpu_cfs_throttled_periods_total', CONTAINERS))} / ${sum(rate('container_cpu_cfs_periods_total', CONTAINERS))}`,
              legend,
            ],
          ],
        }),
        lines({
          title: 'Memory of the limit',
          description: 'Memory that cannot be given back, of what a container may use. At 100 % it is killed.',
          unit: 'percentunit',
          queries: [[`${sum(of('container_memory_working_set_bytes', CONTAINERS))} / ${limit}`, legend]],
        }),
      ],
    },
  ],
};
