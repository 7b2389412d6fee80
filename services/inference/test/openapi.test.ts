import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JsonLogger } from '../dist/logger.js';
import { describeApi, type Description } from '../dist/openapi/document.js';
import { createApp } from '../dist/app.js';
import { jsonOf, type Service, start, testConfig } from './support.js';

const CONFIG = { workers: 1, models: { repositoryApi: true } };

let service: Service;
let api: Description;
beforeAll(async () => {
  service = await start(CONFIG);
  api = jsonOf(await service.http.get('/openapi.json').expect(200)) as Description;
});
afterAll(() => service.stop());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

it('describes every route and no other', async () => {
  const routes = new Set<string>();
  const app = await createApp(testConfig(CONFIG), new JsonLogger('error'));
  await app.init();
  const server = app.getHttpAdapter().getInstance();
  await server.ready();
  const parts: string[] = [];
  // A tree of four columns for each level, such as `│   ├── /:value (GET, HEAD)`.
  for (const [, indent = '', part = '', methods = ''] of server
    .printRoutes({ commonPrefix: false })
    .matchAll(/^([│ ]*)[├└]── (\S+) \((.+)\)$/gm)) {
    parts.splice(indent.length / 4, Infinity, part);
    const path = parts
      .join('')
      .replace(/(.)\/$/, '$1')
      .replace(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ')) if (method !== 'HEAD') routes.add(`${method} ${path}`);
  }
  await app.close();
  expect(
    operations()
      .map(({ path, method }) => `${method} ${path}`)
      .sort(),
  ).toEqual([...routes].sort());
});

it('has schemas that are valid, and examples that fit them', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const { path, operation } of operations()) {
    for (const { content = {} } of Object.values(operation.responses))
      for (const { schema } of Object.values(content)) expect([path, ajv.validateSchema(schema)]).toEqual([path, true]);
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {}))
      expect([path, ajv.validate(schema, example), ajv.errors]).toEqual([path, true, null]);
  }
});

it('gives the limits that are configured', () => {
  const { paths } = describeApi(testConfig({ limits: { textLength: 77 } }));
  expect(JSON.stringify(paths['/predict'])).toContain('"maxLength":77');
});

it('leaves out what is switched off, and asks for a key where one is needed', () => {
  const { paths, components } = describeApi(testConfig({ metrics: { port: 9100 }, auth: { keysFile: '/keys.json' } }));
  expect(Object.keys(paths).filter((path) => /metrics|repository/.test(path))).toEqual([]);
  expect(components.securitySchemes).toEqual({ apiKey: { type: 'http', scheme: 'bearer' } });
  expect(paths['/predict']?.post?.security).toEqual([{ apiKey: [] }]);
  expect(paths['/health']?.get?.security).toBeUndefined();
});

it('answers every example as the description says', async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const { path, method, operation } of operations()) {
    if (path.endsWith('/load') || path.endsWith('/versions/{version}/infer')) continue;
    const parameters = (operation.parameters ?? []) as { name: string; in: string; example?: unknown }[];
    const url = parameters.reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
    const [[, body] = []] = Object.entries(operation.requestBody?.content ?? {});
    const request = method === 'POST' ? service.http.post(url).send(body?.example as object) : service.http.get(url);
    const answer = await request;
    const { content = {} } = operation.responses[String(answer.status)] ?? operation.responses.default!;
    const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    expect([path, Object.keys(content)]).toEqual([path, expect.arrayContaining([type]) as string[]]);
    if (!type.includes('json')) continue;
    const validate = ajv.compile({ ...content[type]?.schema, components: api.components });
    expect([path, validate(answer.body), validate.errors]).toEqual([path, true, null]);
  }
});

describe('/docs', () => {
  it('needs nothing but itself', async () => {
    const { text, headers } = await service.http.get('/docs').expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
    );
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(text).not.toMatch(/ (style|on\w+)="/);
    for (const { path } of operations()) expect(text).toContain(`<code>${path}</code>`);
  });
});
