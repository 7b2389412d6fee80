import { Metadata, type ServiceError, status as Status } from '@grpc/grpc-js';
import { Problem } from '../errors/problem.js';
import { SERVING_STATUS } from '../errors/problem.filter.js';
import { ServingError, type ServingErrorCode } from '../serving/model-server.js';
import { statusProto } from './protos.js';

const CODES: Record<ServingErrorCode, Status> = {
  invalid: Status.INVALID_ARGUMENT,
  'not-found': Status.NOT_FOUND,
  'not-ready': Status.UNAVAILABLE,
  overloaded: Status.RESOURCE_EXHAUSTED,
  deadline: Status.DEADLINE_EXCEEDED,
  cancelled: Status.CANCELLED,
  failed: Status.INTERNAL,
};

/** Of a Problem, by its HTTP status. */
const OF_HTTP: Record<number, Status> = {
  401: Status.UNAUTHENTICATED,
  403: Status.PERMISSION_DENIED,
  429: Status.RESOURCE_EXHAUSTED,
};

/** The HTTP status that counts for an error in metrics and traces: the one that the protocol gives it over REST. */
export function httpStatus(error: unknown): number {
  if (error instanceof Problem) return error.status;
  if (error instanceof ServingError) return error.code === 'invalid' ? 400 : SERVING_STATUS[error.code];
  return 500;
}

/** Codes after which trying again makes sense, and the seconds to wait when the error names none. */
const RETRIABLE = new Set([Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED]);
const RETRY_AFTER = 1;

const rpcStatus = statusProto.message('Status');
const retryInfo = statusProto.message('RetryInfo');

export type CallError = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** How gRPC puts an error. What has no code of its own is INTERNAL, and its text stays inside. */
export function toCallError(error: unknown): CallError {
  const code = codeOf(error);
  const text = error instanceof ServingError || error instanceof Problem ? error.message : INTERNAL;
  const details = text.length > MAX_DETAILS ? `${text.slice(0, MAX_DETAILS).replace(HALF, '')}…` : text;
  return { code, details, metadata: retryMetadata(code, details, retryAfterOf(error)) };
}

/**
 * Characters of the text of an error. It goes in a header, each byte beyond ASCII as three, and clients take 8 KiB of
 * headers; of what is more the call would never end. Names that a client sends are in the text.
 */
const MAX_DETAILS = 800;
/** What is left of a character of two units that was cut in its middle. */
const HALF = /[\ud800-\udbff]$/;
const INTERNAL = 'the request failed inside the service; its log has the cause';

function codeOf(error: unknown): Status {
  if (error instanceof ServingError) return CODES[error.code];
  if (error instanceof Problem) return OF_HTTP[error.status] ?? Status.INTERNAL;
  return Status.INTERNAL;
}

function retryAfterOf(error: unknown): number {
  if (error instanceof ServingError) return error.retryAfter ?? RETRY_AFTER;
  if (error instanceof Problem) return Number(error.headers['retry-after'] ?? RETRY_AFTER);
  return RETRY_AFTER;
}

/** The wait twice: for people and programs (google.rpc.RetryInfo), and for the client's own retries (gRFC A6). */
function retryMetadata(code: Status, details: string, seconds: number): Metadata {
  const metadata = new Metadata();
  if (!RETRIABLE.has(code)) return metadata;
  const delay = { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) };
  const info = {
    type_url: 'type.googleapis.com/google.rpc.RetryInfo',
    value: retryInfo.serialize({ retry_delay: delay }),
  };
  metadata.set('grpc-status-details-bin', rpcStatus.serialize({ code, message: details, details: [info] }));
  metadata.set('grpc-retry-pushback-ms', String(Math.ceil(seconds * 1000)));
  return metadata;
}
