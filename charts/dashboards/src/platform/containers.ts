import { type Group, lines } from '../panels.js';
import { of, rate } from '../queries.js';

/** The sums over the containers of a pod, which is how the kubelet tells of a pod as a whole. */
const PODS = 'pod!="",container=""';

const sum = (expr: string): string => `sum by (pod) (${expr})`;
const cpu = sum(rate('container_cpu_usage_seconds_total', PODS));
const cores = `(${sum(of('container_spec_cpu_quota', PODS))} / ${sum(of('container_spec_cpu_period', PODS))})`;
const limit = `(${sum(of('container_spec_memory_limit_bytes', PODS))} > 0)`;
const legend = '{{pod}}';

/** What the kubelet measures. */
export const containers: Group = {
  title: 'CPU and memory against the limits (needs victoria-metrics.scrape.kubelet.enabled)',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'CPU of the limit',
          description: 'Use of the cores that a pod may use. At 100 % it is held back.',
          unit: 'percentunit',
          queries: [[`${cpu} / ${cores}`, legend]],
        }),
        lines({
          title: 'Held back',
          description: 'Share of the periods in which a pod wanted more CPU than its limit.',
          unit: 'percentunit',
          queries: [
            [
              `${sum(rate('container_cpu_cfs_throttled_periods_total', PODS))} / ${sum(rate('container_cpu_cfs_periods_total', PODS))}`,
              legend,
            ],
          ],
        }),
        lines({
          title: 'Memory of the limit',
          description: 'Memory that cannot be given back, of what a pod may use. At 100 % a container is killed.',
          unit: 'percentunit',
          queries: [[`${sum(of('container_memory_working_set_bytes', PODS))} / ${limit}`, legend]],
        }),
      ],
    },
  ],
};
