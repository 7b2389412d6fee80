import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServingError, type InferRequest } from './model-server.js';

/** Of which request it is, how long its client waits and whether it still does: part of every InferRequest. */
export type CallTerms = Required<Pick<InferRequest, 'signal' | 'context'>> & Pick<InferRequest, 'deadline'>;

/** Longest time that a client may ask for, in seconds. */
const LONGEST = 3600;

/**
 * The terms of an HTTP request.
 * @throws ServingError `invalid` when X-Request-Timeout is no number of seconds
 */
export function callTerms(request: FastifyRequest, reply: FastifyReply): CallTerms {
  const deadline = deadlineOf(request.headers['x-request-timeout'], performance.now());
  return { signal: new ClientSignal(reply.raw), deadline, context: request.context };
}

/** Looked at, and not listened to: an AbortController for each request would cost as much as all else that is done here. */
class ClientSignal {
  constructor(private readonly response: ServerResponse) {}

  /** Also after the answer, when it is of no consequence. */
  get aborted(): boolean {
    return this.response.destroyed;
  }
}

/**
 * @param header value of X-Request-Timeout: seconds, such as 2 or 0.25
 * @param now on the clock of `performance.now()`, as is the result
 */
export function deadlineOf(header: string | string[] | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = typeof header === 'string' && /^\d{1,6}(\.\d{1,6})?$/.test(header) ? Number(header) : NaN;
  if (seconds > 0 && seconds <= LONGEST) return now + seconds * 1000;
  throw new ServingError(
    'invalid',
    `X-Request-Timeout must be a number of seconds above 0 and up to ${String(LONGEST)}, such as 2 or 0.25`,
  );
}
