import { bad, type Group, lines, stat } from '../panels.js';
import { of } from '../queries.js';

const hpa = 'horizontalpodautoscaler';

/** What the API server knows, as kube-state-metrics tells it. */
export const workloads: Group = {
  title: 'Workloads and autoscaling (needs kube-state-metrics among victoria-metrics.scrape.targets)',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'Replicas of the autoscaler',
          description: 'Pods there are and pods that are wanted, between the fewest and the most allowed.',
          unit: 'short',
          whole: true,
          queries: [
            [of(`kube_${hpa}_status_current_replicas`), `{{${hpa}}} current`],
            [of(`kube_${hpa}_status_desired_replicas`), `{{${hpa}}} desired`],
            [of(`kube_${hpa}_spec_min_replicas`), `{{${hpa}}} fewest`],
            [of(`kube_${hpa}_spec_max_replicas`), `{{${hpa}}} most`],
          ],
        }),
        lines({
          title: 'Autoscaler against its target',
          description: 'What the autoscaler measures, in percent of the request.',
          unit: 'percent',
          queries: [
            [of(`kube_${hpa}_status_target_metric`, 'metric_target_type="utilization"'), `{{${hpa}}} {{metric_name}}`],
            [
              of(`kube_${hpa}_spec_target_metric`, 'metric_target_type="utilization"'),
              `{{${hpa}}} {{metric_name}} target`,
            ],
          ],
        }),
        lines({
          title: 'Pods by phase',
          description: 'Pods of the chosen namespaces.',
          unit: 'short',
          whole: true,
          stacked: true,
          queries: [[`sum by (phase) (${of('kube_pod_status_phase')}) > 0`, '{{phase}}']],
        }),
      ],
    },
    {
      height: 6,
      panels: [
        stat({
          title: 'Pods not ready',
          description: 'Running pods that get no traffic.',
          unit: 'short',
          steps: bad(1, 3),
          queries: [
            [
              `count(${of('kube_pod_status_ready', 'condition="false"')} == 1 and on (namespace, pod) ${of('kube_pod_status_phase', 'phase="Running"')} == 1) or vector(0)`,
              '',
            ],
          ],
        }),
        lines({
          title: 'Restarts',
          description: 'Restarts of containers since their pod was made.',
          unit: 'short',
          whole: true,
          queries: [[`sum by (pod) (${of('kube_pod_container_status_restarts_total')})`, '{{pod}}']],
        }),
        lines({
          title: 'Available of the wanted replicas',
          description: 'Below 100 %: a rollout is under way, or pods are missing.',
          unit: 'percentunit',
          max: 1,
          queries: [
            [
              `${of('kube_deployment_status_replicas_available')} / (${of('kube_deployment_spec_replicas')} > 0)`,
              '{{deployment}}',
            ],
          ],
        }),
      ],
    },
  ],
};
