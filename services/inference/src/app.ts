import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { Problem } from './errors/problem.js';
import { ProblemFilter, sendProblem } from './errors/problem.filter.js';
import { Readiness } from './health/readiness.js';
import { parseJsonBodies } from './http/json-body.js';
import { refuseMethods } from './http/methods.js';
import { observeRequests } from './http/observe.js';
import { refuseOverload } from './http/overload.js';
import { requestId } from './http/request-id.js';
import { RouteTable } from './http/route-table.js';
import { JsonLogger } from './logger.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { PredictService } from './predict/predict.service.js';
import { predictRoutes } from './predict/routes.js';
import { addAdmission, Admission } from './security/admission.js';
import { ApiKeys } from './security/api-keys.js';
import type { ModelServer } from './serving/model-server.js';
import { createTracing } from './telemetry/tracing.js';
import { MODEL_SERVER } from './tokens.js';
import { v2Routes } from './v2/routes.js';

/** Milliseconds a connection may be idle: longer than load balancers keep theirs (60 s), so that they close first. */
const KEEP_ALIVE_TIMEOUT = 65_000;
/** Milliseconds a client may take to send a whole request. */
const REQUEST_TIMEOUT = 30_000;
/** Characters of a path parameter: a number may be written at length. Fastify's default is 100. */
const MAX_PARAM_LENGTH = 1000;

/**
 * Builds the service: routes, hooks, errors. It neither listens nor loads models yet: `app.listen()`, then
 * `app.get(ModelRuntime).start()`. One app at a time in a process, because the metrics are those of the process.
 */
export async function createApp(
  config: Config,
  logger = new JsonLogger(config.logLevel),
): Promise<NestFastifyApplication> {
  const server = fastify({
    bodyLimit: config.limits.bodyBytes,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']),
    frameworkErrors,
    // A request that got through while the server closes is served, not refused.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  server.removeContentTypeParser('text/plain');
  parseJsonBodies(server, config.limits.jsonDepth);
  const routes = RouteTable.of(server);
  const keys = ApiKeys.load(config.auth.keysFile);
  const admission = new Admission(keys, config);
  const tracing = await createTracing(config.tracing, logger);
  // Nest declares its options as a class and documents them as a literal.
  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register({ config, logger, keys, admission, tracing }),
    await innerAdapter(server),
    {
      bodyParser: false,
      logger,
      abortOnError: false,
    },
  );
  /* eslint-enable */
  const problems = new ProblemFilter(logger);
  app.useGlobalFilters(problems);
  server.setErrorHandler((error, request, reply) => {
    problems.answer(error, request, reply);
  });
  // In this order: what a request is, whether it is let in, whether the route has its method, whether there is room for it.
  observeRequests(server, { routes, metrics: app.get(RequestMetrics), tracing, logger });
  addAdmission(server, config, admission);
  refuseMethods(server);
  const models = app.get<ModelServer>(MODEL_SERVER);
  refuseOverload(server, models);
  void server.register(predictRoutes, { prefix: '/predict', service: app.get<PredictService>(PredictService), config });
  void server.register(v2Routes, {
    prefix: '/v2',
    models,
    readiness: app.get<Readiness>(Readiness),
    config,
  });
  return app;
}

/**
 * Gives Nest and its controllers a part of the server of their own: what its adapter adds to every request in front of a
 * route is a tenth of the work of a small one, and the routes that run models have no use for it.
 */
async function innerAdapter(server: FastifyInstance): Promise<FastifyAdapter> {
  let inner = server;
  await server.register((instance, _options, done) => {
    inner = instance;
    done();
  });
  // Not the part itself: it is a thenable, and whoever awaits it gets the whole server.
  return new FastifyAdapter(inner);
}

/** Errors of the router, such as a path that cannot be decoded. */
function frameworkErrors(
  error: { message: string; statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(reply, new Problem(error.statusCode ?? 400, 'bad-request', error.message));
}
