import proxyAddr from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.js';
import { Problem } from '../errors/problem.js';
import { isHousekeeping } from '../http/route-table.js';
import { type ApiKeys, bearerKey } from './api-keys.js';
import { Cors } from './cors.js';
import { type Allowance, clientOf, RateLimiter } from './rate-limiter.js';
import { type Scope, scopeOf } from './scopes.js';

/** Who asks, as far as the connection and the headers (of gRPC, the metadata) tell. */
export interface Caller {
  socket: { remoteAddress?: string | undefined };
  headers: IncomingHttpHeaders;
}

/** What a request meets at the door. */
export interface Entry {
  /** What its client is told of its allowance. */
  headers: Record<string, string>;
  /** Why it is not let in; undefined when it is. */
  refused: Problem | undefined;
}

/** Lets requests in: rate limit, then API key. A client has one allowance, whatever the protocols that it uses. */
export class Admission {
  private readonly limiter: RateLimiter | undefined;
  private readonly isTrusted: ReturnType<typeof proxyAddr.compile>;

  constructor(
    private readonly keys: ApiKeys,
    { rateLimit, trustedProxies }: Pick<Config, 'rateLimit' | 'trustedProxies'>,
  ) {
    this.limiter = rateLimit.requests > 0 ? new RateLimiter(rateLimit) : undefined;
    this.isTrusted = proxyAddr.compile(trustedProxies);
  }

  /**
   * A request has come in.
   * @param scope that it needs; undefined when it is open to all
   * @param exempt whether no rate limit may stop it
   */
  admit(caller: Caller, scope: Scope | undefined, exempt = false): Entry {
    const key = bearerKey(caller.headers.authorization);
    const allowance = exempt ? undefined : this.limiter?.take(this.nameOf(caller, key));
    return {
      headers: allowance && this.limiter ? limitHeaders(this.limiter.policy, allowance) : {},
      refused: (allowance && excess(allowance)) ?? (scope && refusal(this.keys, key, scope)),
    };
  }

  /** A key that is none of ours gets no allowance of its own, or a client could have as many as it likes. */
  private nameOf(caller: Caller, key: string | undefined): string {
    const holder = this.keys.holder(key);
    if (holder !== undefined) return `key ${holder}`;
    // Of the request it reads no more than a Caller has.
    return `address ${clientOf(proxyAddr(caller as never, this.isTrusted))}`;
  }
}

const limitHeaders = (policy: string, { remaining, whole }: Allowance) => ({
  'ratelimit-policy': policy,
  ratelimit: `"default";r=${String(remaining)};t=${String(Math.ceil(whole))}`,
});

function excess({ allowed, retryAfter }: Allowance): Problem | undefined {
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

/**
 * No answer is a page but /docs, which has its own beside these. Without x-frame-options: frame-ancestors obsoletes it (Content
 * Security Policy Level 2). TLS, and so HSTS, is the business of what stands in front.
 */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Decides about every request over HTTP, before its body is read, whether it is let in: origin, rate limit, API key. */
export function addAdmission(server: FastifyInstance, config: Config, admission: Admission): void {
  const cors = new Cors(config.cors.origins);
  server.addHook('onRequest', (request, reply, done) => {
    const { method, headers, raw } = request;
    const route = request.context?.route;
    reply.headers(SECURITY_HEADERS).headers(cors.headers(headers.origin));
    if (method === 'OPTIONS' && route && headers['access-control-request-method'] !== undefined) {
      const preflight = cors.preflight(headers.origin, route.methods);
      if (preflight) {
        reply.code(204).headers(preflight).send();
        return;
      }
    }
    const entry = admission.admit(raw, route && scopeOf(route.template), route && isHousekeeping(route.template));
    reply.headers(entry.headers);
    done(entry.refused);
  });
}
