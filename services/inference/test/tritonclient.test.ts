import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { hasPython, INSTALL_TIMEOUT, pythonEnvironment } from './python.js';
import { keysFile, type Service, start } from './support.js';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('tritonclient/', import.meta.url));
const MODELS = fileURLToPath(new URL('fixtures/models/', import.meta.url));
const KEY = 'key-of-the-tests';
const TESTS = { timeout: 180_000 };

let programs: string;
let service: Service;
let environment: NodeJS.ProcessEnv;

/** The clients of Triton, as PyPI has them. What they check is in the Python files; here their verdict is read. */
describe.skipIf(!hasPython)(
  hasPython ? 'tritonclient' : 'tritonclient: skipped, there is no python3 with venv and pip',
  () => {
    beforeAll(async () => {
      programs = await pythonEnvironment(FOLDER);
      service = await start({
        models: { folders: [MODELS], repositoryApi: true },
        auth: { keysFile: keysFile({ [KEY]: ['predict', 'admin'] }) },
      });
      const grpc = await service.app.get(GrpcServer).listen('127.0.0.1:0');
      const { port } = service.app.getHttpServer().address() as { port: number };
      environment = {
        ...process.env,
        HTTP_ADDRESS: `127.0.0.1:${String(port)}`,
        GRPC_ADDRESS: `127.0.0.1:${String(grpc)}`,
        API_KEY: KEY,
        PYTHONDONTWRITEBYTECODE: '1',
      };
    }, INSTALL_TIMEOUT);

    afterAll(async () => {
      await service.app.get(GrpcServer).stop();
      await service.stop();
    });

    it.each([
      ['HTTP', 'test_http', 11],
      ['HTTP with asyncio', 'test_http_aio', 4],
      ['gRPC', 'test_grpc', 11],
      ['the wire of gRPC', 'test_wire', 4],
    ])('%s', TESTS, async (_, module, tests) => {
      const { stderr } = await run(join(programs, 'python'), ['-m', 'unittest', '-v', module], {
        cwd: FOLDER,
        env: environment,
      });
      expect(stderr).toContain(`Ran ${String(tests)} tests`);
      expect(stderr).toMatch(/\nOK\n$/);
    });
  },
);
