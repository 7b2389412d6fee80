import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ClassicDashboard } from '../dashboard.js';
import { escape } from './format.js';
import { panel } from './panel.js';
import { FAINT, INK, type Named, type Span, text } from './types.js';

const COLUMN = 50;
const LINE = 32;
const GAP = 8;
const HEADER = 46;

/**
 * Draws a dashboard as an SVG picture.
 * @param events Unix times in seconds of the events that are drawn through every panel
 * @param series what each query of a panel found, by the panel's id
 */
export function preview(
  dashboard: ClassicDashboard,
  series: ReadonlyMap<number, Named[]>,
  span: Span,
  events: readonly number[],
): string {
  const panels = dashboard.panels ?? [];
  const width = 24 * COLUMN + GAP;
  const lines = Math.max(...panels.map(({ gridPos }) => (gridPos?.y ?? 0) + (gridPos?.h ?? 0)));
  const height = HEADER + lines * LINE + GAP;
  const drawn = panels.map((each) => {
    const { x, y, w, h } = each.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
    const box = { x: x * COLUMN + GAP, y: HEADER + y * LINE, w: w * COLUMN - GAP, h: h * LINE - GAP };
    if (isRow(each))
      return text(box.x, box.y + 18, escape(each.title ?? ''), `font-size="14" font-weight="600" fill="${INK}"`);
    const shown = events.filter((time) => time >= span.start && time <= span.end);
    return panel(box, each, series.get(each.id ?? 0) ?? [], span, shown);
  });
  const title = text(GAP, 26, escape(dashboard.title ?? ''), `font-size="18" font-weight="600" fill="${INK}"`);
  const note = 'drawn from data that the tests collected; not a screenshot of Grafana';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" font-family="Inter, Helvetica, Arial, sans-serif">`,
    `<rect width="${String(width)}" height="${String(height)}" fill="#f4f5f7"/>`,
    title,
    text(width - GAP, 26, note, `font-size="11" fill="${FAINT}" text-anchor="end"`),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function isRow(each: Panel | RowPanel): each is RowPanel {
  return each.type === 'row';
}
