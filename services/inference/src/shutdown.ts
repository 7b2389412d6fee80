import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from './config.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { Readiness } from './health/readiness.js';
import { watchSilentConnections } from './http/silent-connections.js';
import type { JsonLogger } from './logger.js';
import { ModelRuntime } from './runtime/model-runtime.js';

/** Milliseconds for the workers to end. A run takes some milliseconds; one that takes this long has hung. */
const STOP_TIMEOUT = 5_000;

/**
 * Makes SIGTERM and SIGINT end the process without losing a request: not ready at once, serve on for `delaySeconds`
 * while load balancers take note, stop listening, wait at most `timeoutSeconds` for what is in flight, end the workers,
 * exit 0. A second signal changes nothing.
 */
export function shutDownOnSignal(app: NestFastifyApplication, timing: Config['shutdown'], logger: JsonLogger): void {
  const readiness = app.get(Readiness);
  const endSilentConnections = watchSilentConnections(app.getHttpServer());
  const onSignal = (signal: NodeJS.Signals) => {
    if (readiness.draining) return;
    readiness.drain();
    logger.info('shutting down', { signal, ...timing });
    void shutDown(app, timing, endSilentConnections, logger).then(
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
  timing: Config['shutdown'],
  endSilentConnections: () => void,
  logger: JsonLogger,
): Promise<void> {
  const grpc = app.get(GrpcServer);
  grpc.drain();
  await sleep(timing.delaySeconds * 1000);
  const closed = Promise.all([app.close(), grpc.stop()]).then(() => true);
  endSilentConnections();
  const drained = await Promise.race([closed, sleep(timing.timeoutSeconds * 1000).then(() => false)]);
  if (!drained) logger.warn('requests were still in flight when the time was over');
  grpc.end();
  await Promise.race([app.get(ModelRuntime).stop(), sleep(STOP_TIMEOUT)]);
  logger.info('stopped');
}
