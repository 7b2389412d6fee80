import { pipeline, type Readable, type Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../errors/problem.js';

const DECODERS: Record<string, () => Transform> = { gzip: createGunzip, deflate: createInflate };

/** What Fastify reads of a stream that is not the body as it was sent: how much of that has come. */
type Decoded = Transform & { receivedEncodedLength: number };

/**
 * Unpacks a body by its Content-Encoding, as it comes: Fastify counts what comes out, so a small body that unpacks to a huge
 * one is refused at the limit.
 * @throws Problem 415
 */
export function decodeBody(request: FastifyRequest, body: Readable): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  const create = DECODERS[encoding];
  if (!create) {
    throw new Problem(
      415,
      'unsupported-media-type',
      'send the body as it is, or with Content-Encoding gzip or deflate',
    );
  }
  const decoded = Object.assign(create(), { receivedEncodedLength: 0 }) satisfies Decoded;
  body.on('data', (chunk: Buffer) => (decoded.receivedEncodedLength += chunk.length));
  // The error goes to Fastify, which reads `decoded`, and would be one of the service if it were not marked as http-errors
  // marks them.
  decoded.on('error', (error) => {
    Object.assign(error, { status: 400, statusCode: 400, expose: true, message: `the body is not ${encoding}` });
  });
  return pipeline(body, decoded, () => undefined);
}
