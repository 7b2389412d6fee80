import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../http/route-table.js';
import type { JsonLogger } from '../logger.js';
import { ServingError, type ServingErrorCode } from '../serving/model-server.js';
import { invalidInput, Problem, PROBLEM_MEDIA_TYPE } from './problem.js';

/** Answers every exception, with a problem document or as the protocol of the path has it; what has no answer of its own is a 500, logged with its stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: JsonLogger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for the routes that are not Nest's. */
  answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = toProblem(exception, request);
    // A client that goes away in the middle of its body ends up here as well; that is no fault of the service.
    if (problem.status === 500 && !request.socket.destroyed) {
      this.logger.error('request failed', exception, request.context?.ids);
    }
    sendProblem(reply, problem);
  }
}

/** Paths of the Open Inference Protocol, whose errors are `{"error": <text>}`. */
const OPEN_INFERENCE = /^\/v2(?=[/?]|$)/;

/** Writes the answer. Also for errors of the router, which occur before Nest has a say. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { url, id } = reply.request;
  void reply.headers(problem.headers);
  if (OPEN_INFERENCE.test(url)) {
    // The protocol knows 400 for whatever is wrong with a request.
    void reply.code(problem.status === 422 ? 400 : problem.status).send({ error: problem.message });
  } else {
    void reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(problem.body(id));
  }
}

/** Codes of Fastify for a body that cannot be read as JSON: to the client that is wrong input like any other. */
const UNREADABLE: Record<string, string> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'is required: send a JSON object',
  FST_ERR_CTP_INVALID_JSON_BODY: 'is not valid JSON',
};

function toProblem(exception: unknown, request: FastifyRequest): Problem {
  if (exception instanceof Problem) return exception;
  if (exception instanceof ServingError) return fromServing(exception);
  if (exception instanceof HttpException) return fromHttp(exception, request);
  if (isClientError(exception))
    return fromHttp(new HttpException(exception.message, exception.statusCode, { cause: exception }), request);
  return new Problem(500, 'internal', 'the request failed inside the service; its log has the cause', {
    cause: exception,
  });
}

/** The client's error by Fastify, or marked as http-errors marks them. On its own routes Nest makes an HttpException of it. */
function isClientError(error: unknown): error is Error & { statusCode: number } {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status < 500;
}

export const SERVING_STATUS: Record<ServingErrorCode, number> = {
  invalid: 422,
  'not-found': 404,
  'not-ready': 503,
  overloaded: 503,
  deadline: 504,
  cancelled: 499,
  failed: 500,
};

/** The answer to a request that was not served. */
export function fromServing(error: ServingError): Problem {
  const status = SERVING_STATUS[error.code];
  const retryAfter = error.retryAfter ?? (status === 503 ? 1 : undefined);
  return new Problem(status, error.code, error.message, {
    cause: error,
    headers: retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) },
  });
}

function fromHttp(exception: HttpException, request: FastifyRequest): Problem {
  const status = exception.getStatus();
  const code = (exception.cause as { code?: string } | undefined)?.code ?? '';
  const unreadable = UNREADABLE[code];
  if (unreadable !== undefined) return invalidInput([{ field: 'body', message: unreadable }], exception);
  switch (status) {
    case 404:
      return new Problem(
        404,
        'not-found',
        `there is no route ${request.method} ${pathOf(request.url)}; GET / lists the endpoints`,
      );
    case 413:
      return new Problem(
        413,
        'body-too-large',
        `the body may have at most ${String(request.routeOptions.bodyLimit)} bytes`,
      );
    case 415:
      return new Problem(415, 'unsupported-media-type', 'send the body as application/json');
    default:
      return new Problem(status, 'bad-request', exception.message, { cause: exception });
  }
}
