import type { Chart } from './chart.js';

/** What is known of a value in a template without rendering it: which part of the chart's values it comes from. */
export type Shape =
  /** What `.` is at the top of a template: `.Values`, `.Release`, … */
  | { readonly of: 'context'; readonly chart: Chart }
  | { readonly of: 'subcharts'; readonly chart: Chart }
  /** A part of the values, by its path among those of the outermost chart; `*` is any key or item. */
  | { readonly of: 'values'; readonly path: readonly string[] }
  | { readonly of: 'map'; readonly entries: ReadonlyMap<string, Shape> }
  | { readonly of: 'list'; readonly item: Shape }
  | { readonly of: 'either'; readonly shapes: readonly Shape[] }
  | { readonly of: 'other' };

export const OTHER: Shape = { of: 'other' };
export const ANY = '*';

export function either(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) => (shape.of === 'either' ? shape.shapes : [shape]));
  const known = new Map(flat.filter(({ of }) => of !== 'other').map((shape) => [keyOf(shape), shape]));
  const [only] = known.values();
  return only === undefined || known.size === 1 ? (only ?? OTHER) : { of: 'either', shapes: [...known.values()] };
}

/** `shape.name`; the key `ANY` where the template computes it. */
export function fieldOf(shape: Shape, name: string): Shape {
  switch (shape.of) {
    case 'context':
      if (name === 'Values') return { of: 'values', path: shape.chart.mount };
      return name === 'Subcharts' ? { of: 'subcharts', chart: shape.chart } : OTHER;
    case 'subcharts': {
      const wanted = shape.chart.subcharts.filter((chart) => name === ANY || chart.name === name);
      return either(wanted.map((chart) => ({ of: 'context', chart })));
    }
    case 'values':
      return { of: 'values', path: [...shape.path, name] };
    case 'map':
      return name === ANY ? either([...shape.entries.values()]) : (shape.entries.get(name) ?? OTHER);
    case 'list':
      return name === ANY ? shape.item : OTHER;
    case 'either':
      return either(shape.shapes.map((each) => fieldOf(each, name)));
    case 'other':
      return OTHER;
  }
}

/** The parts of the values in a shape, wherever they stand in it. */
export function partsOf(shape: Shape): (readonly string[])[] {
  switch (shape.of) {
    case 'values':
      return [shape.path];
    case 'map':
      return [...shape.entries.values()].flatMap(partsOf);
    case 'list':
      return partsOf(shape.item);
    case 'either':
      return shape.shapes.flatMap(partsOf);
    default:
      return []; // a whole context is handed on, never printed
  }
}

/** The same text for the same shape. */
export function keyOf(shape: Shape): string {
  switch (shape.of) {
    case 'context':
    case 'subcharts':
      return `${shape.of}:${shape.chart.mount.join('.')}`;
    case 'values':
      return `values:${shape.path.join('.')}`;
    case 'map':
      return `map:{${[...shape.entries].map(([key, value]) => `${key}=${keyOf(value)}`).join(',')}}`;
    case 'list':
      return `list:[${keyOf(shape.item)}]`;
    case 'either':
      return `either:(${shape.shapes.map(keyOf).sort().join('|')})`;
    case 'other':
      return 'other';
  }
}
