import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createApp } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { Readiness } from './health/readiness.js';
import { JsonLogger } from './logger.js';
import { metricsServer } from './metrics/metrics-server.js';
import { ModelRuntime } from './runtime/model-runtime.js';
import { ApiKeys } from './security/api-keys.js';
import { shutDownOnSignal } from './shutdown.js';

/** The configuration is wrong: starting again will not help. */
const EXIT_CONFIG = 2;
const EXIT_FAILURE = 1;
/** Every address of the container, or the kubelet could not reach it: those of both families where it has both. */
const ALL = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))
  ? '::'
  : '0.0.0.0';

let logger = new JsonLogger('error');
try {
  const config = loadConfig(process.env.INFERENCE_CONFIG);
  logger = new JsonLogger(config.logLevel);
  const app = await createApp(config, logger);
  shutDownOnSignal(app, config.shutdown, logger);
  // Listening comes first, so that /health answers while the models load.
  await app.listen(config.port, ALL);
  if (config.metrics.port > 0) await metricsServer(app.get(ApiKeys)).listen({ port: config.metrics.port, host: ALL });
  if (config.grpc.port > 0)
    await app.get(GrpcServer).listen(`${isIPv6(ALL) ? `[${ALL}]` : ALL}:${String(config.grpc.port)}`);
  logger.info('listening', {
    port: config.port,
    grpc_port: config.grpc.port,
    metrics_port: config.metrics.port || config.port,
  });
  await app
    .get(ModelRuntime)
    .start()
    .catch((error: unknown) => {
      // A signal during the start ends the workers before they are ready; the shutdown goes its own way.
      if (!app.get(Readiness).draining) throw error;
    });
} catch (error) {
  logger.error('the service could not start', error);
  process.exit(error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILURE);
}
