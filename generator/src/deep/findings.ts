import type { Finding } from '../errors.js';
import { formatPath, isObject, type Json } from '../model.js';
import { propertiesOf, resolveRef } from '../schema.js';
import { nearest } from '../suggest.js';
import { allCharts, type Chart } from './chart.js';
import type { Leaf } from './leaves.js';
import { canonical, idOf, reaches, startsWith, type KeyPath } from './paths.js';
import type { Read, Scan } from './scan.js';
import { ANY } from './shape.js';

/** What a chart's dead leaves come to: findings, and those of which nothing can be said without a cluster. */
export function deadFindings(
  chart: Chart,
  scan: Scan,
  dead: readonly Leaf[],
): { findings: Finding[]; undecided: Leaf[] } {
  const place = placer(chart);
  const undecided: Leaf[] = [];
  const findings = dead.flatMap((leaf): Finding[] => {
    const reads = scan.reads.filter((read) => reaches(read, leaf.path));
    const unclear = reads.some(
      ({ path, file }) => scan.unsteady.has(file) || path.slice(0, leaf.path.length).includes(ANY),
    );
    if (unclear) undecided.push(leaf);
    // the notes are printed for a person, not applied
    if (unclear || reads.some(({ file }) => file.endsWith('/NOTES.txt'))) return [];
    const [read] = reads;
    const name = formatPath(leaf.path);
    const common = {
      severity: 'warning',
      file: leaf.source.file,
      ...leaf.source.position(leaf.at, 'key'),
      path: name,
    } as const;
    if (read !== undefined) {
      const { file, line } = place(read);
      const message = `"${name}" changes no manifest, though ${file}:${String(line)} reads it`;
      return [
        { ...common, code: 'dead-value', message, hint: 'let that place use it, or remove it from there and here' },
      ];
    }
    return leaf.value === undefined
      ? [{ ...common, code: 'unread-value', message: `no template reads "${name}"`, hint: REMOVE }]
      : [
          {
            ...common,
            code: 'dead-value',
            message: `"${name}" changes no manifest: no template reads it`,
            hint: REMOVE,
          },
        ];
  });
  return { findings, undecided };
}

const REMOVE = 'remove it, or let a template read it';

/** Keys that a template reads and that no values.schema.json declares; without one, no values.yaml. */
export function undeclaredFindings(chart: Chart, { reads, given }: Pick<Scan, 'reads' | 'given'>): Finding[] {
  const charts = allCharts(chart);
  const mounts = charts.map(({ mount }) => mount);
  const place = placer(chart);
  const found = new Map<string, Finding>();
  for (const read of reads) {
    const path = canonical(read.path, mounts);
    if (given.some((each) => startsWith(path, canonical(each, mounts)))) continue;
    const missing = missingKey(charts, path);
    if (missing === undefined || found.has(idOf(missing.path))) continue;
    const name = formatPath(missing.path);
    const meant = nearest(missing.path.at(-1) ?? '', missing.known);
    const hint =
      meant === undefined
        ? `declare it in ${missing.file}`
        : `did you mean "${meant}"? Otherwise declare it in ${missing.file}`;
    const message = `this reads "${name}", which ${missing.file} does not declare`;
    found.set(idOf(missing.path), {
      severity: 'warning',
      code: 'undeclared-value',
      message,
      hint,
      ...place(read),
      path: name,
    });
  }
  return [...found.values()];
}

/** A template that cannot be read hides what it reads. */
export function unreadableFindings(chart: Chart, { unreadable }: Pick<Scan, 'unreadable'>): Finding[] {
  const place = placer(chart);
  return unreadable.map(({ message, ...at }) => ({
    severity: 'warning',
    code: 'unreadable-template',
    message,
    ...place(at),
  }));
}

interface Missing {
  /** The outermost key that is not declared. */
  readonly path: KeyPath;
  readonly known: readonly string[];
  readonly file: string;
}

/** Undefined where the chart whose value it is declares it; for `global`, any chart. */
function missingKey(charts: readonly Chart[], path: KeyPath): Missing | undefined {
  const owners = charts
    .filter(({ mount }) => path[0] === 'global' || startsWith(path, mount))
    .sort((a, b) => b.mount.length - a.mount.length);
  const relevant = path[0] === 'global' ? owners : owners.slice(0, 1);
  const missing = relevant.map((owner) => {
    const mount = path[0] === 'global' ? [] : owner.mount;
    const { schema, values, folder } = owner;
    const found =
      schema === undefined
        ? missingInValues(values.value, path.slice(mount.length))
        : missingInSchema(schema.value, path.slice(mount.length));
    if (found === undefined) return undefined;
    const file = `${folder}/${schema === undefined ? 'values.yaml' : 'values.schema.json'}`;
    return { path: path.slice(0, mount.length + found.depth), known: found.known, file };
  });
  return missing.some((each) => each === undefined) ? undefined : missing.at(-1);
}

interface Gap {
  /** How many keys of the path lead to the one that is missing, itself included. */
  readonly depth: number;
  readonly known: readonly string[];
}

function missingInSchema(root: Json, path: KeyPath): Gap | undefined {
  let schema = isObject(root) ? root : {};
  const top = schema;
  for (const [at, key] of path.entries()) {
    const properties = propertiesOf(schema);
    const known = Object.keys(properties);
    const open = known.length === 0 || isObject(schema.additionalProperties) || isObject(schema.patternProperties);
    const next = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!isObject(next)) return key === ANY || open ? undefined : { depth: at + 1, known };
    schema = resolveRef(top, next);
  }
  return undefined;
}

/** Without a schema, a key that values.yaml leaves empty may hold anything. */
function missingInValues(values: Json, path: KeyPath): Gap | undefined {
  let node = values;
  for (const [at, key] of path.entries()) {
    if (!isObject(node) || Object.keys(node).length === 0 || key === ANY) return undefined;
    const next = node[key];
    if (next === undefined) return { depth: at + 1, known: Object.keys(node) };
    node = next;
  }
  return undefined;
}

/** Says of a place in a template in which line and column it is. */
function placer(chart: Chart): (at: Pick<Read, 'file' | 'offset'>) => { file: string; line: number; column: number } {
  const texts = new Map(allCharts(chart).flatMap(({ templates }) => templates.map(({ file, text }) => [file, text])));
  return ({ file, offset }) => {
    const before = (texts.get(file) ?? '').slice(0, offset).split('\n');
    return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  };
}
