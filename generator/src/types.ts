import type { Schema } from './model.js';

/** TypeScript declarations for a schema. The compiler is loaded only here: it is slow to start. */
export async function compileTypes(schema: Schema, name: string): Promise<string> {
  const { compile } = await import('json-schema-to-typescript');
  const body = await compile(schema, name, {
    additionalProperties: false,
    bannerComment: '',
    format: true,
    style: { printWidth: 120, singleQuote: true },
    ignoreMinAndMaxItems: true,
  });
  return body.trimStart().replace(/\n{3,}/g, '\n\n');
}
