import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError, loadConfig, parseConfig } from '../dist/config.js';

function fileOf(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'config.json');
  writeFileSync(path, content);
  return path;
}

const DEFAULTS = {
  logLevel: 'info',
  port: 8000,
  limits: { bodyBytes: 65536, textLength: 500, batchItems: 20 },
  workers: 0,
  shutdown: { delaySeconds: 5, timeoutSeconds: 20 },
};

it('has the defaults of the schema when no file is named', () => {
  expect(loadConfig(undefined)).toMatchObject(DEFAULTS);
  expect(loadConfig('')).toEqual(loadConfig(undefined));
});

it('completes what a file leaves out', () => {
  const path = fileOf('{"port":9000,"limits":{"textLength":100}}');
  const defaults = loadConfig(undefined);
  expect(loadConfig(path)).toEqual({ ...defaults, port: 9000, limits: { ...defaults.limits, textLength: 100 } });
});

it('leaves what it was given as it was', () => {
  const written = {};
  parseConfig(written, 'test');
  expect(written).toEqual({});
});

it('lists every problem with its place', () => {
  const path = fileOf('{"port":"8000","logLvl":"info","limits":{"batchItems":0},"shutdown":{"delay":1}}');
  const problems = [
    `${path} is not a valid configuration:`,
    '  logLvl: is not known here: remove it or correct its name',
    '  port: must be of type integer',
    '  limits.batchItems: must be >= 1',
    '  shutdown.delay: is not known here: remove it or correct its name',
  ];
  expect(() => loadConfig(path)).toThrow(new ConfigError(problems.join('\n')));
});

it.each([
  ['/nowhere/config.json', /cannot read the configuration \/nowhere\/config.json: ENOENT/],
  [fileOf('{'), /cannot read the configuration .*config.json: .*JSON/],
])('says why it cannot read %s', (path, message) => {
  expect(() => loadConfig(path)).toThrow(message);
});
