import type { Finding } from '../errors.js';
import { memoizedByObject } from '../memo.js';
import { isObject, type Json, type JsonObject, type Path } from '../model.js';

/** What a rule sees of one environment: all of it is valid by its schemas, and no key of it has to be there. */
export interface Subject {
  /** environment.yaml, with its layers merged and defaults filled in. */
  readonly environment: JsonObject;
  /** image.yaml, by image. */
  readonly images: JsonObject;
  /** The complete values that Helm gets. */
  readonly values: JsonObject;
  /** Whether a person wrote the value at this path of `values`, or something that it is made from. */
  readonly isWritten: (path: Path) => boolean;
}

/** What a rule found. */
export interface Breach extends Pick<Finding, 'message' | 'hint'> {
  /** Default: error. */
  readonly severity?: Finding['severity'];
  /** Which of the documents `at` leads into. Default: values. */
  readonly in?: 'environment' | 'images' | 'values';
  /** The value that is wrong. */
  readonly at: Path;
  /** Other values that the rule compares it with: one of them is shown where a person wrote it and not the one at `at`. */
  readonly with?: readonly Path[];
}

/** A rule over several values of one environment, which no schema can state. */
export interface Rule {
  readonly name: string;
  /** What the rule asks for and why, as reports explain it: the first sentence is its summary. */
  readonly description: string;
  readonly check: (subject: Subject) => readonly Breach[];
}

/** An object somewhere in the values, and where. */
export interface Part {
  readonly at: Path;
  readonly part: JsonObject;
}

/**
 * Every object of the values that has a key, outermost first; subcharts and features that are switched off by
 * `enabled: false` are left out.
 */
export function partsWith(values: JsonObject, key: string): readonly Part[] {
  return indexOf(values).get(key) ?? [];
}

/** Every key of any part. */
export function keysOf(values: JsonObject): readonly string[] {
  return [...indexOf(values).keys()];
}

/** The parts of values by their keys: every rule asks for some of them. */
const indexOf = memoizedByObject((values: JsonObject): ReadonlyMap<string, readonly Part[]> => {
  const index = new Map<string, Part[]>();
  const collect = (value: Json, at: Path): void => {
    if (Array.isArray(value)) for (const [place, item] of value.entries()) collect(item, [...at, place]);
    if (!isObject(value) || value.enabled === false) return;
    const part = { at, part: value };
    for (const [key, child] of Object.entries(value)) {
      const others = index.get(key);
      if (others === undefined) index.set(key, [part]);
      else others.push(part);
      if (typeof child === 'object') collect(child, [...at, key]);
    }
  };
  collect(values, []);
  return index;
});

/** How a chart's pods are numbered: by hand, or between two bounds by an autoscaler. Undefined where it has no such values. */
export function podsOf({
  replicaCount,
  replicas,
  autoscaling,
}: JsonObject): { fewest: number; most: number } | undefined {
  if (isObject(autoscaling) && autoscaling.enabled === true) {
    const { minReplicas, maxReplicas } = autoscaling;
    return typeof minReplicas === 'number' && typeof maxReplicas === 'number'
      ? { fewest: minReplicas, most: maxReplicas }
      : undefined;
  }
  const number = replicaCount ?? replicas;
  return typeof number === 'number' ? { fewest: number, most: number } : undefined;
}
