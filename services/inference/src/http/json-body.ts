import type { FastifyInstance } from 'fastify';
import { invalidInput } from '../errors/problem.js';

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const OPENING = new Set(['[', '{'].map((bracket) => bracket.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((bracket) => bracket.charCodeAt(0)));

/**
 * Replaces Fastify's parser of JSON bodies by one that refuses deep nesting before anything is made of it: code that
 * walks a parsed value by recursion would overflow its stack.
 */
export function parseJsonBodies(server: FastifyInstance, maxDepth: number): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isDeeper(body, maxDepth)) {
      done(
        invalidInput([
          { field: 'body', message: `nests deeper than ${String(maxDepth)} levels of arrays and objects` },
        ]),
      );
    } else {
      void parse(request, body, done);
    }
  });
}

/** Whether the brackets of `json` nest deeper than `limit`. Of text that is not JSON it says anything. */
export function isDeeper(json: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) i = endOfString(json, i);
    else if (OPENING.has(code)) depth += 1;
    else if (CLOSING.has(code)) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}
