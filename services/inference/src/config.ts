import { readFileSync } from 'node:fs';
import type { InferenceConfig } from './generated/config.js';
import { compile, formatProblems } from './schema.js';

type Complete<T> = { [K in keyof T]-?: Complete<NonNullable<T[K]>> };

/** The configuration that the service runs on: what the file says, and the schema's defaults for the rest. */
export type Config = Complete<InferenceConfig>;

/** A configuration that cannot be used; the message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const schema = JSON.parse(readFileSync(new URL('../config.schema.json', import.meta.url), 'utf8')) as object;
const check = compile<Config>(schema, { useDefaults: true });

/**
 * Reads and checks the configuration file.
 * @param path the JSON file (INFERENCE_CONFIG); the defaults of the schema when undefined or empty
 * @throws ConfigError with all problems at once
 */
export function loadConfig(path: string | undefined): Config {
  return path ? parseConfig(readJson(path), path) : parseConfig({}, 'defaults');
}

/** Checks `written` and completes a copy of it with the defaults. `source` names it in the error. */
export function parseConfig(written: unknown, source: string): Config {
  const checked = check(structuredClone(written));
  if ('value' in checked) return checked.value;
  throw new ConfigError(`${source} is not a valid configuration:\n${formatProblems(checked.problems)}`);
}

/** @throws ConfigError when the file cannot be read or is not JSON */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`cannot read the configuration ${path}: ${(cause as Error).message}`, { cause });
  }
}
