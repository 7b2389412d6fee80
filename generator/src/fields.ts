import { isObject, type Json, type JsonObject } from './model.js';

/** The object at a key; an empty one where there is none, as Kubernetes reads an absent object. */
export function objectIn(parent: Json | undefined, key: string): JsonObject {
  const value = isObject(parent) ? parent[key] : undefined;
  return isObject(value) ? value : {};
}

/** The objects of the list at a key; none where there is no list. */
export function objectsIn(parent: Json | undefined, key: string): JsonObject[] {
  const value = isObject(parent) ? parent[key] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A scalar as text; the empty text for what is not there. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}
