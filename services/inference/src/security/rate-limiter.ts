import { isIPv6 } from 'node:net';
import type { Config } from '../config.js';

/** Clients that are remembered. Beyond it the one not seen for longest is forgotten: memory is worth more than its count. */
const MAX_CLIENTS = 10_000;

/** What a client has left; times in seconds. */
export interface Allowance {
  allowed: boolean;
  remaining: number;
  /** Until nothing is used up any more. */
  whole: number;
  /** Until the next request is allowed; 0 when it is now. */
  retryAfter: number;
}

/**
 * Limits each client to `requests` in a window, given back evenly (the generic cell rate algorithm, ITU-T I.371): all
 * that is known of a client is the time at which it will have used up nothing.
 */
export class RateLimiter {
  private readonly wholeAt = new Map<string, number>();

  /** @param now the time in seconds, on any clock that never goes back */
  constructor(
    private readonly limit: Config['rateLimit'],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** The policy as https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ writes it. */
  get policy(): string {
    return `"default";q=${String(this.limit.requests)};w=${String(this.limit.windowSeconds)}`;
  }

  /** Takes one request from what `client` has left, if there is one. */
  take(client: string): Allowance {
    const { requests, windowSeconds } = this.limit;
    const cost = windowSeconds / requests;
    const now = this.now();
    const used = Math.max((this.wholeAt.get(client) ?? 0) - now, 0);
    const left = Math.floor((windowSeconds - used) / cost + 1e-6);
    if (left < 1) return { allowed: false, remaining: 0, whole: used, retryAfter: used + cost - windowSeconds };
    // Set anew, so that the map's order is that of use.
    this.wholeAt.delete(client);
    this.wholeAt.set(client, now + used + cost);
    if (this.wholeAt.size > MAX_CLIENTS) this.forgetOldest();
    return { allowed: true, remaining: left - 1, whole: used + cost, retryAfter: 0 };
  }

  private forgetOldest(): void {
    for (const client of this.wholeAt.keys()) {
      this.wholeAt.delete(client);
      return;
    }
  }
}

/** One client for each address, or for each /64 network of IPv6, of which a client has all the addresses. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean).length;
  const zeros = tail === undefined ? 0 : 8 - groups.length - after;
  return [...groups, ...Array<string>(zeros).fill('0')].slice(0, 4).join(':');
}
