import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { Problem } from '../errors/problem.js';
import { currentRequest } from '../http/request-context.js';
import { isHousekeeping } from '../http/route-table.js';
import { type ApiKeys, bearerKey } from './api-keys.js';
import { Cors } from './cors.js';
import { clientOf, RateLimiter } from './rate-limiter.js';
import { type Scope, scopeOf } from './scopes.js';

/** No answer is a page but /docs, which says so itself. TLS, and so HSTS, is the business of what stands in front. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Decides about every request, before its body is read, whether it is let in: origin, rate limit, API key. */
export function addAdmission(server: FastifyInstance, config: Config, keys: ApiKeys): void {
  const cors = new Cors(config.cors.origins);
  const limiter = config.rateLimit.requests > 0 ? new RateLimiter(config.rateLimit) : undefined;
  server.addHook('onRequest', (request, reply, done) => {
    const { method, headers } = request;
    const route = currentRequest()?.route;
    reply.headers(SECURITY_HEADERS).headers(cors.headers(headers.origin));
    if (method === 'OPTIONS' && route && headers['access-control-request-method'] !== undefined) {
      const preflight = cors.preflight(headers.origin, route.methods);
      if (preflight) {
        reply.code(204).headers(preflight).send();
        return;
      }
    }
    const key = bearerKey(headers.authorization);
    const scope = route && scopeOf(route.template);
    const exempt = limiter === undefined || (route && isHousekeeping(route.template));
    const excess = exempt ? undefined : limit(limiter, reply, clientName(request, keys.holder(key)));
    done(excess ?? (scope && refusal(keys, key, scope)));
  });
}

/** A key that is none of ours gets no allowance of its own, or a client could have as many as it likes. */
const clientName = (request: FastifyRequest, holder: string | undefined): string =>
  holder === undefined ? `address ${clientOf(request.ip)}` : `key ${holder}`;

function limit(limiter: RateLimiter, reply: FastifyReply, client: string): Problem | undefined {
  const { allowed, remaining, whole, retryAfter } = limiter.take(client);
  reply.headers({
    'ratelimit-policy': limiter.policy,
    ratelimit: `"default";r=${String(remaining)};t=${String(Math.ceil(whole))}`,
  });
  if (allowed) return undefined;
  const seconds = String(Math.ceil(retryAfter));
  return new Problem(429, 'rate-limited', `this client sends too many requests; try again in ${seconds} s`, {
    headers: { 'retry-after': seconds },
  });
}

/** The answer to a request whose key is not good for `scope`; undefined when it is. The same words for every protocol. */
export function refusal(keys: ApiKeys, key: string | undefined, scope: Scope): Problem | undefined {
  switch (keys.check(key, scope)) {
    case 'ok':
      return undefined;
    case 'unauthenticated':
      return new Problem(401, 'unauthenticated', 'send a valid API key: Authorization: Bearer <key>', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    case 'forbidden':
      return new Problem(403, 'forbidden', `this needs an API key with the scope ${scope}`);
  }
}
