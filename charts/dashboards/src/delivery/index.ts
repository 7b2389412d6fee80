import { dashboard } from '../dashboard.js';
import { applications } from './applications.js';
import { deployments } from './deployments.js';

export const delivery = dashboard({
  uid: 'ml-platform-delivery',
  title: 'Delivery',
  description:
    'Argo CD: sync and health of the applications, and deployments. Needs its controller among victoria-metrics.scrape.targets.',
  events: [
    {
      name: 'Deployment',
      color: 'purple',
      expr: 'sum by (name, phase) (increase(argocd_app_sync_total[$__interval])) > 0',
      labels: ['name', 'phase'],
    },
  ],
  groups: [applications, deployments],
});
