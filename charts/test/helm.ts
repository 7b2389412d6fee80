import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';

/** Folder of the umbrella chart; its subcharts lie in charts/ below it. */
export const UMBRELLA = new URL('../ml-platform', import.meta.url).pathname;
export const SUBCHARTS = ['inference', 'victoria-metrics', 'grafana'] as const;
export type Subchart = (typeof SUBCHARTS)[number];

/** The Helm under test: the program that HELM names, by default `helm` on the PATH. */
export const HELM = process.env.HELM ?? 'helm';
/** A Helm 3.17 to compare with: the program that HELM3 names, by default `helm3` on the PATH; undefined when there is none. */
export const HELM3 = available(process.env.HELM3 ?? 'helm3', ['version']);

/** `program` if running it with `args` succeeds, else undefined. */
export function available(program: string, args: string[]): string | undefined {
  return spawnSync(program, args).status === 0 ? program : undefined;
}

/** Values as a tree, or any part of one. */
export type Tree = Record<string, unknown>;

/** A Kubernetes object as it was rendered. */
export interface Manifest extends Tree {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations?: Record<string, string> };
}

export interface Options {
  /** Defaults to the umbrella. */
  chart?: string;
  values?: Tree;
  files?: string[];
  /** Further arguments of `helm template`. */
  args?: string[];
  release?: string;
  namespace?: string;
  helm?: string;
}

interface ChartFile extends Tree {
  version: string;
  appVersion: string;
  annotations?: Record<string, string>;
  dependencies?: Tree[];
}

/** Chart.yaml of a subchart, or of the umbrella. */
export function chartFile(subchart?: Subchart): ChartFile {
  const folder = subchart ? `${UMBRELLA}/charts/${subchart}` : UMBRELLA;
  return parse(readFileSync(`${folder}/Chart.yaml`, 'utf8')) as ChartFile;
}

/** Runs `helm template`: what it wrote to standard output, or the error it ended with. */
export function template(options: Options): { text: string; error: string } {
  const {
    chart = UMBRELLA,
    values = {},
    files = [],
    args = [],
    release = 'trial',
    namespace = 'lab',
    helm = HELM,
  } = options;
  const fileArgs = files.flatMap((file) => ['-f', file]);
  const result = spawnSync(helm, ['template', release, chart, '-n', namespace, ...fileArgs, '-f', '-', ...args], {
    input: JSON.stringify(values),
    encoding: 'utf8',
  });
  if (result.error) throw new Error(`cannot run ${helm}: install Helm or name it in HELM`, { cause: result.error });
  return { text: result.stdout, error: result.status === 0 ? '' : result.stderr };
}

/** The text that a chart renders to; a chart that is refused fails the test with Helm's message. */
export function renderText(options: Options = {}): string {
  const { text, error } = template(options);
  if (error) throw new Error(error);
  return text;
}

/** The objects that a chart renders to, read as Kubernetes reads them: as YAML 1.1, where `on` and `0775` are no strings. */
export function render(options: Options = {}): Manifest[] {
  const key = JSON.stringify(options);
  let manifests = rendered.get(key);
  if (!manifests) {
    manifests = parseAllDocuments(renderText(options), { version: '1.1' }).map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return document.toJS() as Manifest;
    });
    rendered.set(key, manifests);
  }
  return structuredClone(manifests);
}

/** What was rendered before, since starting Helm is most of what these tests do. */
const rendered = new Map<string, Manifest[]>();

/** Values that leave only these subcharts of the umbrella. */
export function only(...subcharts: Subchart[]): Tree {
  return Object.fromEntries(SUBCHARTS.map((name) => [name, { enabled: subcharts.includes(name) }]));
}

/** Renders the umbrella with values for one of its subcharts only. */
export function renderWith(subchart: Subchart, values: Tree = {}, options: Options = {}): Manifest[] {
  return render({ ...options, values: { ...options.values, [subchart]: values } });
}

/** The one object of a kind (and name); fails when there is none or more than one. */
export function one(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
  if (found.length !== 1 || !found[0]) throw new Error(`${String(found.length)} objects ${kind} ${name ?? ''}`);
  return found[0];
}

/** The part of a tree at a path such as `spec.template.spec.containers.0`; undefined when there is none. */
export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), tree);
}

/** True for an object or array. */
export function isTree(node: unknown): node is Tree {
  return typeof node === 'object' && node !== null;
}
