import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrpcServer } from '../dist/grpc/grpc-server.js';
import { keysFile, type Service, start } from './support.js';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('tritonclient/', import.meta.url));
const MODELS = fileURLToPath(new URL('fixtures/models/', import.meta.url));
const VENV = join(FOLDER, '.venv');
const PYTHON = join(VENV, 'bin', 'python');
const REQUIREMENTS = join(FOLDER, 'requirements.txt');
/** What the environment was made from, in the environment. */
const STAMP = join(VENV, 'requirements.txt');
const KEY = 'key-of-the-tests';
/** To fetch and unpack some 150 MB, on a machine that does other things. */
const INSTALL = { timeout: 600_000 };
const TESTS = { timeout: 180_000 };

/** Whether there is a Python that can make an environment with pip. */
const missing = spawnSync('python3', ['-c', 'import ensurepip, venv']).status !== 0;

let service: Service;
let environment: NodeJS.ProcessEnv;

async function install(): Promise<void> {
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  rmSync(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  writeFileSync(STAMP, wanted);
}

/** The clients of Triton, as PyPI has them. What they check is in the Python files; here their verdict is read. */
describe.skipIf(missing)(
  missing ? 'tritonclient: skipped, there is no python3 with venv and pip' : 'tritonclient',
  () => {
    beforeAll(async () => {
      await install();
      service = await start({
        models: { folders: [MODELS], repositoryApi: true },
        auth: { keysFile: keysFile(KEY, ['predict', 'admin']) },
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
    }, INSTALL.timeout);

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
      const { stderr } = await run(PYTHON, ['-m', 'unittest', '-v', module], { cwd: FOLDER, env: environment });
      expect(stderr).toContain(`Ran ${String(tests)} tests`);
      expect(stderr).toMatch(/\nOK\n$/);
    });
  },
);
