import { type Group, lines } from '../panels.js';

/** What Argo CD did, and how quickly. */
export const deployments: Group = {
  title: 'Deployments',
  rows: [
    {
      height: 8,
      panels: [
        lines({
          title: 'Syncs',
          description: 'Syncs within the last quarter of an hour, by outcome.',
          unit: 'short',
          whole: true,
          queries: [['sum by (name, phase) (increase(argocd_app_sync_total[15m]))', '{{name}} {{phase}}']],
        }),
        lines({
          title: 'Reconciliation p95',
          description: '95 of 100 comparisons of Git with the cluster take less than this.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.95, sum by (le) (rate(argocd_app_reconcile_bucket[$__rate_interval])))',
              'comparison',
            ],
          ],
        }),
        lines({
          title: 'Work waiting',
          description: 'Entries in the queues of the controller. Growing: it does not keep up.',
          unit: 'short',
          whole: true,
          queries: [['sum by (name) (workqueue_depth{name=~"app_.*"})', '{{name}}']],
        }),
      ],
    },
  ],
};
