import { STATUS_CODES } from 'node:http';
import type { FieldProblem } from '../schema.js';
import { Refusal } from './refusal.js';

/** The body of every error answer: RFC 9457, media type `application/problem+json`. In JSON without what is undefined. */
export interface ProblemBody {
  /** What kind of problem: `urn:brolly:problem:<kind>`, stable. */
  type: string;
  /** The kind in words: the phrase of the HTTP status. */
  title: string;
  status: number;
  /** What went wrong this time and what to do. */
  detail: string;
  /** Each wrong field, for a 422. */
  errors: FieldProblem[] | undefined;
  request_id: string | undefined;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

interface ProblemOptions {
  errors?: FieldProblem[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error that has an answer. Thrown anywhere on the main thread, written by the ProblemFilter. */
export class Problem extends Refusal {
  override readonly name = 'Problem';
  readonly headers: Record<string, string>;
  private readonly errors: FieldProblem[] | undefined;

  constructor(
    readonly status: number,
    private readonly kind: string,
    detail: string,
    { errors, headers = {}, cause }: ProblemOptions = {},
  ) {
    super(detail, { cause });
    this.errors = errors;
    this.headers = headers;
  }

  body(requestId?: string): ProblemBody {
    return {
      type: `urn:brolly:problem:${this.kind}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      errors: this.errors,
      request_id: requestId,
    };
  }
}

/** 422 with every problem of the input. */
export function invalidInput(errors: FieldProblem[], cause?: unknown): Problem {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new Problem(422, 'invalid-input', detail, { errors, cause });
}

/** 503 for a condition that passes; `Retry-After` is in seconds. */
export function unavailable(kind: string, detail: string, retryAfterSeconds = 1): Problem {
  return new Problem(503, kind, detail, { headers: { 'retry-after': String(retryAfterSeconds) } });
}
