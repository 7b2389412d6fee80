import type { Config } from '../config.js';
import { scopeOf } from '../security/scopes.js';
import { VERSION } from '../service-info.js';
import { error } from '../v2/schemas.js';
import type { Operation, Paths } from './operation.js';
import { problemSchema, servicePaths } from './service-paths.js';
import { TAG as OPEN_INFERENCE, v2Paths } from './v2-paths.js';

/** An OpenAPI 3.1 description, as far as it is used here. */
export interface Description {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Paths;
  components: { schemas: Record<string, object>; securitySchemes?: Record<string, object> };
}

/** The API as this configuration makes it: its limits, what is switched on, whether a key is needed. */
export function describeApi(config: Config): Description {
  const needsKey = config.auth.keysFile !== '';
  const paths = { ...servicePaths(config), ...v2Paths(config) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Brolly inference',
      version: VERSION,
      description: 'Predictions of ONNX models, by routes of their own and by the Open Inference Protocol v2.',
    },
    tags: [
      { name: 'Predictions', description: 'The models that come with the service, in plain JSON.' },
      { name: OPEN_INFERENCE, description: 'Every model, as KServe and Triton serve theirs.' },
      { name: 'Service', description: 'The service itself.' },
    ],
    paths: needsKey ? withSecurity(paths) : paths,
    components: {
      schemas: { Problem: problemSchema, OpenInferenceError: error },
      ...(needsKey && { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}

function withSecurity(paths: Paths): Paths {
  const secured = (path: string, operation: Operation): Operation =>
    scopeOf(path) === undefined ? operation : { ...operation, security: [{ apiKey: [] }] };
  return mapOperations(paths, secured);
}

function mapOperations(paths: Paths, change: (path: string, operation: Operation) => Operation): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, each]) => [method, change(path, each)])),
    ]),
  );
}
