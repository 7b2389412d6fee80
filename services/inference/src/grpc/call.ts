import { type Metadata, type ServerDuplexStream, type ServerUnaryCall, status as Status } from '@grpc/grpc-js';
import { RequestContext } from '../http/request-context.js';
import { requestId } from '../http/request-id.js';
import type { JsonLogger } from '../logger.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import type { Admission } from '../security/admission.js';
import type { Scope } from '../security/scopes.js';
import type { CallTerms } from '../serving/call.js';
import type { Tracing } from '../telemetry/tracing.js';
import { type CallError, httpStatus, toCallError } from './status.js';

/** What every call needs beside its own work. */
export interface CallParts {
  admission: Admission;
  metrics: RequestMetrics;
  tracing: Tracing;
  logger: JsonLogger;
}

/** A call, or one request of a stream. */
export interface Task {
  /** Of the method: `/package.Service/Method`. */
  path: string;
  /** What the client's key must be good for. */
  scope: Scope;
  call: Pick<ServerUnaryCall<unknown, unknown>, 'metadata' | 'getPeer'>;
}

/**
 * Does the work of a task: lets it in, and tells metrics, log and trace of it.
 * @throws CallError
 */
export async function perform<T>(
  { admission, metrics, tracing, logger }: CallParts,
  { path, scope, call }: Task,
  work: (context: RequestContext) => T | Promise<T>,
): Promise<T> {
  const headers = headersOf(call.metadata);
  const trace = tracing.begin('POST', path, headers);
  const route = { template: path, methods: new Set(['POST']) };
  const context = new RequestContext(requestId(headers['x-request-id']), route, trace);
  const finish = metrics.begin(path);
  const end = (code: Status, status: number) => {
    const milliseconds = performance.now() - context.started;
    finish(status, milliseconds / 1000);
    trace?.end(status);
    if (!logger.writes('debug')) return;
    logger.debug('call', { ...context.ids, endpoint: path, status: Status[code], duration_ms: milliseconds });
  };
  try {
    const { refused } = admission.admit({ socket: { remoteAddress: addressOf(call.getPeer()) }, headers }, scope);
    if (refused) throw refused;
    const result = await work(context);
    end(Status.OK, 200);
    return result;
  } catch (error) {
    const callError = toCallError(error);
    if (callError.code === Status.INTERNAL) logger.error('call failed', error, context.ids);
    end(callError.code, httpStatus(error));
    throw asThrown(callError);
  }
}

/** A thing to throw: grpc-js takes any object with a code for an error of the call. */
const asThrown = (error: CallError): Error => Object.assign(new Error(error.details), error);

function headersOf(metadata: Metadata): Record<string, string> {
  const entries = Object.entries(metadata.getMap());
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

/** @param peer `<address>:<port>` */
const addressOf = (peer: string) => peer.replace(/:\d+$/, '');

/** How long the client of a call waits, and whether it still does. */
export function termsOf(
  call: ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
): Omit<CallTerms, 'context'> {
  const gone = new AbortController();
  // Also when the deadline passes: grpc-js ends the call then.
  call.once('cancelled', () => {
    gone.abort();
  });
  const deadline = Number(call.getDeadline());
  return {
    signal: gone.signal,
    deadline: Number.isFinite(deadline) ? performance.now() + deadline - Date.now() : undefined,
  };
}
