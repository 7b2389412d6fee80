import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A route as registered (`/predict/:value`) and the methods it answers. */
export interface Route {
  template: string;
  methods: Set<string>;
  /** The model that it runs, `:model` for the one that its path names; undefined for a route that runs none. */
  infers?: string | undefined;
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
  /** Those whose only parameter is the last segment, by the path before that. */
  private readonly byParent = new Map<string, Route>();

  /** Collects every route that is registered from now on. */
  static of(server: FastifyInstance): RouteTable {
    const table = new RouteTable();
    server.addHook('onRoute', ({ url, method, config }) => {
      for (const name of [method].flat()) table.add(url, name, config?.infers);
    });
    return table;
  }

  add(template: string, method: string, infers?: string): void {
    const route: Route = this.routes.get(template) ?? { template, methods: new Set() };
    route.methods.add(method);
    route.infers ??= infers;
    this.routes.set(template, route);
    const end = template.lastIndexOf('/');
    if (template.indexOf(':') === end + 1) this.byParent.set(template.slice(0, end), route);
  }

  /** The route that fits the path of a request, whatever its method. */
  match(request: FastifyRequest): Route | undefined {
    const path = pathOf(request.url);
    const exact = this.routes.get(path);
    if (exact) return exact;
    const end = path.lastIndexOf('/');
    const child = end < path.length - 1 ? this.byParent.get(path.slice(0, end)) : undefined;
    if (child) return child;
    // What Fastify's router found is not looked for again. It comes late: Fastify makes all the options at each reading.
    const { url } = request.routeOptions;
    if (url !== undefined) return this.routes.get(url);
    return [...this.routes.values()].find(({ template }) => fits(template, path));
  }
}

/** The URL of a request without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
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
