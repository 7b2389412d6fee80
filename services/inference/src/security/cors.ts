/** What a page of another origin may send and read, and the seconds that a browser may remember it. */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'inference-header-content-length',
  'traceparent',
  'tracestate',
  'x-request-id',
  'x-request-timeout',
].join(', ');
const EXPOSED_HEADERS = [
  'inference-header-content-length',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'server-timing',
  'x-request-id',
].join(', ');
const MAX_AGE_SECONDS = '600';

/** What Cross-Origin Resource Sharing adds to an answer; nothing where no origin is allowed. */
export class Cors {
  constructor(private readonly origins: readonly string[]) {}

  /** @param origin the header of the request */
  headers(origin: string | undefined): Record<string, string> {
    if (this.origins.length === 0) return {};
    if (origin === undefined || !this.allows(origin)) return { vary: 'Origin' };
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED_HEADERS,
    };
  }

  /** The answer to a browser that asks whether it may send a request; undefined when `origin` may not. */
  preflight(origin: string | undefined, methods: Iterable<string>): Record<string, string> | undefined {
    if (origin === undefined || !this.allows(origin)) return undefined;
    return {
      'access-control-allow-methods': [...methods].sort().join(', '),
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': MAX_AGE_SECONDS,
    };
  }

  private allows(origin: string): boolean {
    return this.origins.includes('*') || this.origins.includes(origin);
  }
}
