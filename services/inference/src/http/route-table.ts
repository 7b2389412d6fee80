import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A route as registered (`/predict/:value`) and the methods it answers. */
export interface Route {
  template: string;
  methods: Set<string>;
}

/** Endpoints of the platform itself: probes and scrapes. */
const HOUSEKEEPING = new Set(['/health', '/ready', '/metrics', '/v2/health/live', '/v2/health/ready']);

/** Whether a route serves probes or scrapes: they are no load, and no limit may stop them. */
export const isHousekeeping = (template: string): boolean => HOUSEKEEPING.has(template);

/**
 * The routes by path, whatever the method. Fastify's router knows a path only together with a method, but a 405 and the
 * label of a metric need the path alone. A path without parameters comes before one with, as in the router.
 */
export class RouteTable {
  private readonly routes = new Map<string, Route>();

  /** Collects every route that is registered from now on. */
  static of(server: FastifyInstance): RouteTable {
    const table = new RouteTable();
    server.addHook('onRoute', ({ url, method }) => {
      for (const name of [method].flat()) table.add(url, name);
    });
    return table;
  }

  add(template: string, method: string): void {
    const route = this.routes.get(template) ?? { template, methods: new Set() };
    route.methods.add(method);
    this.routes.set(template, route);
  }

  /**
   * The route that fits the path of a request, whatever its method. What Fastify's router found is not looked for again.
   */
  match({ url, routeOptions }: FastifyRequest): Route | undefined {
    const path = url.split('?', 1)[0] ?? '';
    const exact = this.routes.get(path);
    if (exact || routeOptions.url !== undefined) return exact ?? this.routes.get(routeOptions.url ?? '');
    return [...this.routes.values()].find(({ template }) => fits(template, path));
  }
}

function fits(template: string, path: string): boolean {
  if (!template.includes(':')) return false;
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
  );
}
