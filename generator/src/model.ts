import { Failure } from './errors.js';
import type { Environment } from './generated/environment.js';
import type { Images } from './generated/image.js';

/** What a values file or a manifest can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Where in a document: object keys and list indices, outermost first. */
export type Path = readonly (string | number)[];

/** A JSON Schema (draft-07) as it is read from a file. */
export type Schema = JsonObject;

/** One environment as a person and the delivery pipeline wrote it, valid by its schemas. */
export interface LoadedEnvironment {
  readonly name: string;
  readonly environment: Environment;
  readonly images: Images;
}

/** What Argo CD installs as one child application: some subcharts of the umbrella, in one namespace, as one release. */
export interface Component {
  /** Also the release name and the name of the Argo CD Application. */
  readonly name: string;
  readonly namespace: string;
  /** Values file that enables the component's subcharts, relative to the repository root; none where the chart has no components. */
  readonly file?: string;
}

/** A generated file: path relative to the repository root, and the whole text. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** A Kubernetes object as rendered. */
export interface Manifest extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: JsonObject & { name: string };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: as JSON, cut when it is long. */
export function quoteValue(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** The object, or an empty one for anything else. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** `ports[0].name` as a path; a key with dots or brackets stands in `["quotes"]`. Throws a Failure for what is none. */
export function parsePath(text: string): Path {
  const steps: (string | number)[] = [];
  const step = /(?:^|(?<!^)\.)([^.[\]"]+)|\[(\d+)\]|\["([^"]*)"\]/y;
  while (step.lastIndex < text.length || steps.length === 0) {
    const [found, key, index, quoted] = step.exec(text) ?? [];
    if (found === undefined)
      throw new Failure(`"${text}" is no path`, { hint: 'write KEY.KEY, LIST[0], or KEY["with.dots"]' });
    steps.push(index === undefined ? (key ?? quoted ?? '') : Number(index));
  }
  return steps;
}

/** `['ports', 0, 'name']` as a person reads it: `ports[0].name`; a key with dots or brackets stands in `["quotes"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    if (/[.[\]]/.test(key)) return `${text}["${key}"]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
