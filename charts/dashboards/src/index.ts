import type { ClassicDashboard } from './dashboard.js';
import { delivery } from './delivery/index.js';
import { inference } from './inference/index.js';
import { platform } from './platform/index.js';

/** Every dashboard that the grafana chart provisions, by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, ClassicDashboard>> = {
  'inference.json': inference,
  'platform.json': platform,
  'delivery.json': delivery,
};

/** The text of a dashboard's file. */
export function print(dashboard: ClassicDashboard): string {
  const mark = 'Generated from charts/dashboards by `npm run dashboards`; do not edit.';
  return `${JSON.stringify({ $comment: mark, ...dashboard }, null, 2)}\n`;
}
