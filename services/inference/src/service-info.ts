import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The name this service gives itself in its answers. */
export const SERVICE = 'ml-inference';
/** The version of the package. */
export const VERSION = manifest.version;
