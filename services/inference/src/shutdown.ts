import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from './config.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { Readiness } from './health/readiness.js';
import { Connections } from './http/connections.js';
import type { JsonLogger } from './logger.js';
import { ModelRuntime } from './runtime/model-runtime.js';
import { Tracing } from './telemetry/tracing.js';

/** Milliseconds for the workers to end. A run takes some milliseconds; one that takes this long has hung. */
const STOP_TIMEOUT = 5_000;
/** Milliseconds without a request after which a connection may be ended: one that comes in is on its way by then. */
const IDLE = 1_000;
/** Milliseconds between two looks at the connections. */
const LOOK = 50;

/**
 * Makes SIGTERM and SIGINT end the process without losing a request:
 * 1. not ready at once, and every answer ends its connection, but all is served for `delaySeconds`, while load balancers
 *    take note;
 * 2. idle connections are ended; listening goes on until no connection is left, at most for half of `timeoutSeconds`;
 * 3. nothing listens; what is in flight has the rest of `timeoutSeconds`;
 * 4. the workers end, exit 0.
 * A second signal changes nothing.
 */
export function shutDownOnSignal(app: NestFastifyApplication, timing: Config['shutdown'], logger: JsonLogger): void {
  const readiness = app.get(Readiness);
  const connections = new Connections(app.getHttpServer());
  const onSignal = (signal: NodeJS.Signals) => {
    if (readiness.draining) return;
    readiness.drain();
    connections.endAnswered();
    logger.info('shutting down', { signal, ...timing });
    void shutDown(app, timing, connections, logger).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('the shutdown failed', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function shutDown(
  app: NestFastifyApplication,
  { delaySeconds, timeoutSeconds }: Config['shutdown'],
  connections: Connections,
  logger: JsonLogger,
): Promise<void> {
  const grpc = app.get(GrpcServer);
  grpc.drain();
  await sleep(delaySeconds * 1000);
  const end = performance.now() + timeoutSeconds * 1000;
  const gone = async (until: number): Promise<boolean> => {
    while (connections.size > 0 && performance.now() < until) {
      connections.endIdle(IDLE);
      await sleep(LOOK);
    }
    return connections.size === 0;
  };
  // Whoever is just connecting when listening ends is reset, so that comes when nobody does any more.
  await gone(end - timeoutSeconds * 500);
  app.getHttpServer().close();
  const answered = Promise.all([gone(end), grpc.stop()]).then(([all]) => all);
  const rest = sleep(end - performance.now()).then(() => false);
  if (!(await Promise.race([answered, rest]))) logger.warn('requests were still in flight when the time was over');
  grpc.end();
  await Promise.race([app.get(ModelRuntime).stop(), sleep(STOP_TIMEOUT)]);
  await app.get(Tracing).flush();
  logger.info('stopped');
}
