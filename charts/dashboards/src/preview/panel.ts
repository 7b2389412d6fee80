import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chart } from './chart.js';
import { escape, format, shorten } from './format.js';
import { type Box, COLOURS, FAINT, fixed, GRID, INK, type Named, type Span, text } from './types.js';

/** A panel in its frame; one without data says so. */
export function panel(box: Box, about: Panel, series: Named[], span: Span, events: readonly number[]): string {
  const frame = `<rect x="${fixed(box.x)}" y="${fixed(box.y)}" width="${fixed(box.w)}" height="${fixed(box.h)}" rx="3" fill="#fff" stroke="${GRID}"/>`;
  const title = text(
    box.x + 10,
    box.y + 17,
    escape(about.title ?? ''),
    `font-size="12" font-weight="600" fill="${INK}"`,
  );
  const inner = { x: box.x, y: box.y + 24, w: box.w, h: box.h - 28 };
  return [
    frame,
    title,
    series.some(({ points }) => points.length) ? body(inner, about, series, span, events) : none(inner),
  ].join('\n');
}

function none(box: Box): string {
  return text(box.x + box.w / 2, box.y + box.h / 2, 'No data', `font-size="13" fill="${FAINT}" text-anchor="middle"`);
}

function body(box: Box, about: Panel, series: Named[], span: Span, events: readonly number[]): string {
  const { unit = 'short', min, max, decimals } = about.fieldConfig?.defaults ?? {};
  const custom = about.fieldConfig?.defaults.custom as { stacking?: { mode?: string } } | undefined;
  if (about.type === 'stat') return stat(box, about, series, span);
  if (about.type === 'table') return table(box, about, series);
  const stacked = custom?.stacking?.mode === 'normal';
  const bounds = { ...(min != null && { min }), ...(max != null && { max }) };
  return chart(box, series, span, { unit, stacked, events, whole: decimals === 0, ...bounds });
}

/** The last value, coloured by its threshold, above its course. */
function stat(box: Box, about: Panel, [series]: Named[], span: Span): string {
  const points = series?.points ?? [];
  const value = points.at(-1)?.[1] ?? Number.NaN;
  const { unit = 'short', thresholds } = about.fieldConfig?.defaults ?? {};
  const step = thresholds?.steps.filter((each) => each.value === null || each.value <= value).at(-1);
  const fill = { green: '#1a7f37', orange: '#bc4c00', red: '#cf222e' }[step?.color ?? ''] ?? INK;
  const highest = Math.max(...points.map(([, each]) => each), 1e-9);
  const spark = points.map(([time, each], index) => {
    const x = box.x + 8 + ((time - span.start) / (span.end - span.start)) * (box.w - 16);
    return `${index ? 'L' : 'M'}${fixed(x)} ${fixed(box.y + box.h - 4 - (each / highest) * box.h * 0.35)}`;
  });
  return [
    text(
      box.x + box.w / 2,
      box.y + box.h * 0.5,
      format(value, unit),
      `font-size="24" font-weight="500" fill="${fill}" text-anchor="middle"`,
    ),
    `<path d="${spark.join('')}" fill="none" stroke="${step ? fill : (COLOURS[0] ?? '')}" stroke-opacity=".6"/>`,
  ].join('\n');
}

function table(box: Box, about: Panel, series: Named[]): string {
  const organize = about.transformations?.find(({ id }) => id === 'organize')?.options as
    { renameByName: Record<string, string> } | undefined;
  const columns = Object.entries(organize?.renameByName ?? {});
  const unit = about.fieldConfig?.defaults.unit ?? 'short';
  const rows = series.map(({ labels, points }) =>
    columns.map(([label]) =>
      label === 'Value' ? format(points.at(-1)?.[1] ?? Number.NaN, unit) : (labels[label] ?? ''),
    ),
  );
  // As wide as what stands in it needs, in proportion to the others.
  const letters = columns.map(([, heading], column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const scale = (box.w - 20) / letters.reduce((sum, each) => sum + each, 0);
  const cell = (column: number, row: number, content: string, style: string): string => {
    const left = letters.slice(0, column).reduce((sum, each) => sum + each * scale, 0);
    const most = Math.floor(((letters[column] ?? 0) * scale) / 6.2);
    return text(box.x + 10 + left, box.y + 14 + row * 18, escape(shorten(content, most)), `font-size="11" ${style}`);
  };
  const room = Math.floor((box.h - 14) / 18);
  return [
    ...columns.map(([, heading], column) => cell(column, 0, heading, `fill="${FAINT}" font-weight="600"`)),
    ...rows
      .slice(0, room)
      .flatMap((values, row) => values.map((value, column) => cell(column, row + 1, value, `fill="${INK}"`))),
  ].join('\n');
}
