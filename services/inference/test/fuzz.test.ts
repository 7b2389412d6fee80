import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPython, INSTALL_TIMEOUT, pythonEnvironment } from './python.js';
import { keysFile, type Service, start } from './support.js';

const FOLDER = fileURLToPath(new URL('fuzz/', import.meta.url));
const KEY = 'key-of-the-tests';
/** Besides: every boundary of every schema, and every example. Some 1,100 requests in all. */
const RANDOM_CASES = 5;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];

/** Schemathesis sends what the API's description allows and what it forbids, and holds every answer to it. */
describe.skipIf(!hasPython)(
  hasPython ? 'schemathesis' : 'schemathesis: skipped, there is no python3 with venv and pip',
  () => {
    let programs: string;
    let scratch: string;
    let service: Service;
    beforeAll(async () => {
      programs = await pythonEnvironment(FOLDER);
      scratch = mkdtempSync(join(tmpdir(), 'fuzz-'));
      service = await start({
        workers: 1,
        models: { repositoryApi: true },
        auth: { keysFile: keysFile({ [KEY]: ['predict', 'admin', 'metrics'] }) },
      });
    }, INSTALL_TIMEOUT);
    afterAll(() => service.stop());

    it('finds no 5xx and no answer that the description does not tell of', { timeout: 900_000 }, async () => {
      const { port } = service.app.getHttpServer().address() as { port: number };
      const child = spawn(
        join(programs, 'schemathesis'),
        [
          `--config-file=${join(FOLDER, 'schemathesis.toml')}`,
          'run',
          `http://127.0.0.1:${String(port)}/openapi.json`,
          `--header=Authorization: Bearer ${KEY}`,
          '--phases=examples,coverage,fuzzing',
          `--max-examples=${String(RANDOM_CASES)}`,
          '--seed=1',
          `--checks=${CHECKS.join()}`,
          '--continue-on-failure',
          '--warnings=off',
          // Without its models the rest could not be tried.
          '--exclude-path=/v2/repository/models/{model}/unload',
        ],
        { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      expect(code, printed).toBe(0);
      expect(Number(/([\d,]+) generated/.exec(printed)?.[1]?.replace(',', ''))).toBeGreaterThan(500);
    });
  },
);
