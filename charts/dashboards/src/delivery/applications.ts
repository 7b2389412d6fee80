import { bad, type Group, lines, stat, table } from '../panels.js';

/** Applications that are not as they should be; 0 when there is none of them. */
const count = (condition: string): string => `count(argocd_app_info{${condition}}) or vector(0)`;

/** What Argo CD thinks of each application now. */
export const applications: Group = {
  title: 'Applications',
  rows: [
    {
      height: 6,
      panels: [
        stat({
          title: 'Out of sync',
          description: 'Applications whose cluster differs from Git.',
          unit: 'short',
          steps: bad(1, 3),
          queries: [[count('sync_status!="Synced"'), '']],
        }),
        stat({
          title: 'Not healthy',
          description: 'Applications with a workload that does not run as it should.',
          unit: 'short',
          steps: bad(1, 3),
          queries: [[count('health_status!="Healthy"'), '']],
        }),
        table({
          title: 'State',
          description: 'Every application with its sync and health.',
          unit: 'short',
          columns: {
            name: 'Application',
            dest_namespace: 'Namespace',
            sync_status: 'Sync',
            health_status: 'Health',
          },
          queries: [['max by (name, dest_namespace, sync_status, health_status) (argocd_app_info)', '']],
        }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({
          title: 'Sync status',
          description: 'Applications by sync status.',
          unit: 'short',
          whole: true,
          stacked: true,
          queries: [['count by (sync_status) (argocd_app_info)', '{{sync_status}}']],
        }),
        lines({
          title: 'Health',
          description: 'Applications by health.',
          unit: 'short',
          whole: true,
          stacked: true,
          queries: [['count by (health_status) (argocd_app_info)', '{{health_status}}']],
        }),
      ],
    },
  ],
};
