import { escape, format, shorten } from './format.js';
import { type Box, colour, FAINT, fixed, GRID, type Named, type Span, text } from './types.js';

interface Settings {
  /** Unix times in seconds at which something happened: vertical lines. */
  events: readonly number[];
  unit: string;
  min?: number;
  max?: number;
  stacked: boolean;
  /** Only whole numbers on the axis. */
  whole: boolean;
}

const LEGEND_LINE = 15;
const LEGEND_ITEM = 18;
const LETTER = 6;
const ROWS = 3;

/** Lines over time with their axes and legend. */
export function chart(box: Box, series: Named[], span: Span, settings: Settings): string {
  const names = legend(box, series);
  const plot = { x: box.x + 58, y: box.y + 6, w: box.w - 68, h: box.h - names.height - 26 };
  const drawn = settings.stacked ? stack(series) : series.map((each) => ({ ...each, base: undefined }));
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value));
  const low = settings.min ?? Math.min(...values);
  const ticks = ticksOf(low, settings.max ?? Math.max(...values, low), settings);
  const top = ticks.at(-1) ?? 1;
  const x = (time: number): number => plot.x + ((time - span.start) / (span.end - span.start)) * plot.w;
  const y = (value: number): number => plot.y + plot.h - ((value - low) / (top - low)) * plot.h;
  const lines = drawn.map(({ points, base }, index) => {
    const path = segments(points)
      .map((part) => line(part, x, y))
      .join('');
    const area = base ? `<path d="${outline(points, base, x, y)}" fill="${colour(index)}" fill-opacity=".35"/>` : '';
    return `${area}<path d="${path}" fill="none" stroke="${colour(index)}" stroke-width="1.5" stroke-linejoin="round"/>`;
  });
  const marks = settings.events.map((time) => {
    const at = fixed(x(time));
    return `<line x1="${at}" x2="${at}" y1="${fixed(plot.y)}" y2="${fixed(plot.y + plot.h)}" stroke="#8250df" stroke-dasharray="3 3"/>`;
  });
  return [
    ...axes(plot, ticks, span, x, y, settings.unit),
    ...(settings.stacked ? lines.reverse() : lines),
    ...marks,
    names.svg,
  ].join('\n');
}

function axes(
  plot: Box,
  ticks: number[],
  span: Span,
  x: (t: number) => number,
  y: (v: number) => number,
  unit: string,
): string[] {
  const style = `font-size="10" fill="${FAINT}"`;
  const rows = ticks.map(
    (tick) =>
      `<line x1="${fixed(plot.x)}" x2="${fixed(plot.x + plot.w)}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}" stroke="${GRID}"/>` +
      text(plot.x - 5, y(tick) + 3, format(tick, unit), `${style} text-anchor="end"`),
  );
  const columns = [0, 1, 2, 3].map((part) => {
    const time = span.start + ((span.end - span.start) * part) / 3;
    const back = Math.round(span.end - time);
    const label = back === 0 ? 'now' : `-${back >= 120 ? `${String(Math.round(back / 60))} min` : `${String(back)} s`}`;
    const anchor = part === 0 ? 'start' : part === 3 ? 'end' : 'middle';
    return text(x(time), plot.y + plot.h + 14, label, `${style} text-anchor="${anchor}"`);
  });
  return [...rows, ...columns];
}

/** From `low` to `high` in round steps. */
function ticksOf(low: number, high: number, { unit, whole }: Settings): number[] {
  const range = high - low || (unit === 'short' ? 1 : Math.abs(high) || 1);
  const rough = Math.max(range / 4, whole ? 1 : 0);
  const base = unit === 'bytes' ? 2 : 10;
  const power = base ** Math.floor(Math.log(rough) / Math.log(base));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const count = Math.ceil(range / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => low + index * step);
}

/** Points without a gap between them: three steps without a value interrupt the line. */
function segments(points: Named['points']): Named['points'][] {
  const steps = points.slice(1).map(([time], index) => time - (points[index]?.[0] ?? time));
  const usual = steps.length ? Math.min(...steps) : 0;
  const parts: Named['points'][] = [];
  for (const point of points) {
    const last = parts.at(-1);
    const before = last?.at(-1)?.[0];
    if (last && before !== undefined && point[0] - before <= usual * 3) last.push(point);
    else parts.push([point]);
  }
  return parts;
}

function line(points: Named['points'], x: (t: number) => number, y: (v: number) => number): string {
  const [first] = points;
  // A lone point would be invisible as a line.
  const shown = points.length === 1 && first ? [first, [first[0] + 1, first[1]] as [number, number]] : points;
  return shown.map(([time, value], index) => `${index ? 'L' : 'M'}${fixed(x(time))} ${fixed(y(value))}`).join('');
}

function outline(points: Named['points'], base: number[], x: (t: number) => number, y: (v: number) => number): string {
  const back = points.map(([time], index): [number, number] => [time, base[index] ?? 0]).reverse();
  return `${line(points, x, y)}${line(back, x, y).replace('M', 'L')}Z`;
}

/** Puts each series on those before it; a series without a value at a time counts as 0 there. */
function stack(series: Named[]): (Named & { base: number[] })[] {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b);
  let base = times.map(() => 0);
  return series.map((each) => {
    const at = new Map(each.points);
    const below = base;
    base = times.map((time, index) => (below[index] ?? 0) + (at.get(time) ?? 0));
    return { ...each, base: below, points: times.map((time, index): [number, number] => [time, base[index] ?? 0]) };
  });
}

/** The names below the plot, in as many lines as they need but at most three; it says how many more there are. */
function legend(box: Box, series: Named[]): { svg: string; height: number } {
  const shown: string[] = [];
  let x = box.x + 10;
  let row = 0;
  for (const [index, { name }] of series.entries()) {
    const label = shorten(name, Math.floor((box.w - 40) / LETTER));
    const width = LEGEND_ITEM + label.length * LETTER;
    if (x + width > box.x + box.w - 4 && x > box.x + 10) {
      x = box.x + 10;
      row++;
    }
    if (row === ROWS) {
      row--;
      const more = `and ${String(series.length - index)} more`;
      const style = `text-anchor="end" font-size="10" font-style="italic" fill="${FAINT}"`;
      shown.push(text(box.x + box.w - 10, row * LEGEND_LINE, more, style));
      break;
    }
    const y = row * LEGEND_LINE;
    shown.push(
      `<rect x="${fixed(x)}" y="${fixed(y - 5)}" width="10" height="3" fill="${colour(index)}"/>` +
        text(x + 14, y, escape(label), `font-size="10" fill="${FAINT}"`),
    );
    x += width;
  }
  const height = (row + 1) * LEGEND_LINE;
  return { svg: `<g transform="translate(0 ${fixed(box.y + box.h - height + 6)})">${shown.join('')}</g>`, height };
}
