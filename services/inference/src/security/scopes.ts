/** What an API key may be good for. */
export const SCOPES = ['predict', 'admin', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** Routes that need no key: probes, which carry none, and what tells people how to use the service. */
const OPEN = new Set(['/', '/health', '/ready', '/v2/health/live', '/v2/health/ready', '/docs', '/openapi.json']);

/** The scope that a route needs; undefined when it is open to all. A route that nobody thought of here is not open. */
export function scopeOf(template: string): Scope | undefined {
  if (OPEN.has(template)) return undefined;
  if (template === '/metrics') return 'metrics';
  return template.startsWith('/v2/repository/') ? 'admin' : 'predict';
}
