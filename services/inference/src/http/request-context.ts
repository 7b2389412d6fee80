import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestTrace } from '../telemetry/tracing.js';
import type { Route } from './route-table.js';

/** Seconds that the inferences of a request took: waiting for a worker, making tokens of its text, in the model. */
export interface Timings {
  queue: number;
  tokenize: number;
  compute: number;
}

/** What belongs to the request being answered. */
export interface RequestContext {
  id: string;
  /** The route it fits, whatever its method. */
  route: Route | undefined;
  /** On the clock of `performance.now()`, in milliseconds. */
  started: number;
  trace: RequestTrace | undefined;
  /** Of all its inferences together; undefined before the first. */
  timings: Timings | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The request on whose behalf the code runs that asks; undefined outside of any. */
export const currentRequest = (): RequestContext | undefined => storage.getStore();

/** Runs `work`, and whatever it starts, on behalf of a request. */
export const inRequest = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);
