/** Place on the picture, in pixels. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A series with the name that stands in the legend. */
export interface Named {
  name: string;
  labels: Record<string, string>;
  /** Unix time in seconds and value, in the order of time. */
  points: [time: number, value: number][];
}

/** The span of time that the picture shows, in Unix seconds. */
export interface Span {
  start: number;
  end: number;
}

export const INK = '#24292e';
export const FAINT = '#6e7781';
export const GRID = '#e4e7eb';
export const COLOURS = [
  '#3b7dd8',
  '#e0752d',
  '#2f9e58',
  '#b877d9',
  '#d64550',
  '#c9a20a',
  '#2aa6a6',
  '#7a6a55',
  '#e377c2',
  '#8a8f98',
];

export const colour = (index: number): string => COLOURS[index % COLOURS.length] ?? INK;

export function text(x: number, y: number, content: string, style: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${style}>${content}</text>`;
}

/** A coordinate: more digits would only make the file larger. */
export const fixed = (value: number): string => String(Math.round(value * 10) / 10);
