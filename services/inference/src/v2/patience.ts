import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InferRequest } from '../serving/model-server.js';
import { invalid } from './invalid.js';

/** Seconds that the client waits, as a decimal number. */
const HEADER = 'x-request-timeout';
const SECONDS = /^\d{1,6}(\.\d{1,9})?$/;

/**
 * How long the client of a request waits for its answer: until its deadline, or until it has gone.
 * @param timeout milliseconds that the body names; the header may name less
 * @throws ServingError invalid for a header that is not a number of seconds
 */
export function patienceOf(
  request: FastifyRequest,
  reply: FastifyReply,
  timeout = Infinity,
): Pick<InferRequest, 'deadline' | 'signal'> {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  const began = performance.now() - reply.elapsedTime;
  const shortest = Math.min(timeout, headerTimeout(request.headers[HEADER]));
  return { signal: gone.signal, deadline: shortest === Infinity ? undefined : began + shortest };
}

function headerTimeout(text: string | string[] | undefined): number {
  if (text === undefined) return Infinity;
  if (typeof text === 'string' && SECONDS.test(text)) return Number(text) * 1000;
  throw invalid(`the header ${HEADER} must be a number of seconds, such as 0.5`);
}
