import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDeeper } from '../dist/http/json-body.js';
import { ApiKeys } from '../dist/security/api-keys.js';
import { scopeOf } from '../dist/security/scopes.js';
import { startFake } from './fake-models.js';
import { jsonFile, jsonOf, keysFile, type Service } from './support.js';

const auth = {
  keysFile: keysFile({
    'shop-key': ['predict'],
    'operator-key': ['predict', 'admin', 'metrics'],
    'scrape-key': ['metrics'],
  }),
};
/** A route that needs a key where there are keys, and no model. */
const GUARDED = '/v2/models/echo';

let service: Service;
const serve = async (config: object) => {
  service = await startFake(config);
};

describe('API keys', () => {
  beforeAll(() => serve({ auth }));
  afterAll(() => service.stop());

  it.each([
    [GUARDED, undefined, 401],
    [GUARDED, 'no-key', 401],
    [GUARDED, createHash('sha256').update('shop-key').digest('hex'), 401],
    [GUARDED, 'shop-key', 200],
    [GUARDED, 'scrape-key', 403],
    ['/v2/models/stats', 'shop-key', 200],
    ['/metrics', undefined, 401],
    ['/metrics', 'shop-key', 403],
    ['/metrics', 'scrape-key', 200],
    ['/metrics', 'operator-key', 200],
    ['/health', undefined, 200],
    ['/ready', undefined, 200],
    ['/', undefined, 200],
  ])('GET %s with %s is %i', async (path, key, status) => {
    const request = service.http.get(path);
    const answer = await (key === undefined ? request : request.set('authorization', `Bearer ${key}`));
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
  });

  it('refuses before it reads a body, with a problem document', async () => {
    const post = (key: string) =>
      service.http
        .post('/predict')
        .set('authorization', `Bearer ${key}`)
        .set('content-type', 'application/json')
        .send('{"broken');
    expect(jsonOf(await post('no-key').expect(401))).toMatchObject({ type: 'urn:brolly:problem:unauthenticated' });
    expect(jsonOf(await post('scrape-key').expect(403))).toMatchObject({ type: 'urn:brolly:problem:forbidden' });
  });
});

it('opens administration to none where there are no keys', () => {
  const none = new ApiKeys([]);
  expect(none.check(undefined, 'predict')).toBe('ok');
  expect(none.check(undefined, 'metrics')).toBe('ok');
  expect(none.check('any', 'admin')).toBe('forbidden');
  expect(scopeOf('/v2/repository/models/:model/load')).toBe('admin');
  expect(scopeOf('/v2/models/:model/infer')).toBe('predict');
  expect(scopeOf('/v2/health/ready')).toBeUndefined();
  expect(scopeOf('/something/new')).toBe('predict');
});

it('names every problem of a file of keys', () => {
  const path = jsonFile({ keys: [{ name: 'a', sha256: 'A', scopes: ['root'] }, { name: 'b' }], more: 1 });
  expect(() => ApiKeys.load(path)).toThrow(
    [
      `${path} is not a valid file of API keys:`,
      '  more: is not known here: remove it or correct its name',
      '  keys[0].sha256: must match pattern "^[0-9a-f]{64}$"',
      '  keys[0].scopes[0]: must be one of predict, admin, metrics',
      '  keys[1].sha256: is required',
      '  keys[1].scopes: is required',
    ].join('\n'),
  );
  expect(() => ApiKeys.load('/nowhere/keys.json')).toThrow(/cannot read .*\/nowhere\/keys\.json: ENOENT/);
});

describe('the rate limit', () => {
  afterEach(() => service.stop());

  it('answers 429 with the policy and when to try again, and never stops probes and scrapes', async () => {
    await serve({ rateLimit: { requests: 2, windowSeconds: 3600 } });
    const first = await service.http.get('/').expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"default";q=2;w=3600');
    expect(first.headers.ratelimit).toBe('"default";r=1;t=1800');
    await service.http.get('/nowhere').expect(404);
    const refused = await service.http.get('/').expect(429);
    expect(refused.headers.ratelimit).toMatch(/^"default";r=0;t=3[56]\d\d$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1700);
    expect(jsonOf(refused)).toMatchObject({ type: 'urn:brolly:problem:rate-limited', title: 'Too Many Requests' });
    for (const path of ['/health', '/ready', '/metrics']) {
      for (let i = 0; i < 5; i += 1) await service.http.get(path).expect(200);
    }
  });

  it('counts by API key, and a false key counts for its address', async () => {
    await serve({ auth, rateLimit: { requests: 1, windowSeconds: 3600 } });
    const ask = (key: string) => service.http.get(GUARDED).set('authorization', `Bearer ${key}`);
    await ask('shop-key').expect(200);
    await ask('shop-key').expect(429);
    await ask('operator-key').expect(200);
    await ask('false').expect(401);
    await ask('also false').expect(429);
  });

  it('believes X-Forwarded-For from trusted proxies only', async () => {
    const from = (client: string) => service.http.get(GUARDED).set('x-forwarded-for', client);
    await serve({ rateLimit: { requests: 1, windowSeconds: 3600 } });
    await from('192.0.2.1').expect(200);
    await from('192.0.2.2').expect(429);
    await service.stop();
    await serve({ rateLimit: { requests: 1, windowSeconds: 3600 }, trustedProxies: ['loopback'] });
    await from('192.0.2.1').expect(200);
    await from('192.0.2.2').expect(200);
    await from('192.0.2.9, 192.0.2.1').expect(429);
  });
});

const ORIGIN = 'https://app.example.com';
const preflight = (origin: string) =>
  service.http.options('/predict').set('origin', origin).set('access-control-request-method', 'POST');

describe('by default', () => {
  beforeAll(() => serve({}));
  afterAll(() => service.stop());

  it('there is no rate limit', async () => {
    const { headers } = await service.http.get(GUARDED).expect(200);
    expect(headers).not.toHaveProperty('ratelimit');
  });

  it('no page of another origin may call', async () => {
    expect((await preflight(ORIGIN)).status).toBe(405);
    const { headers } = await service.http.get('/health').set('origin', ORIGIN);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('every answer has security headers', async () => {
    for (const path of ['/', '/v2', '/predict/x', '/nowhere', '/metrics']) {
      const { headers } = await service.http.get(path);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'") as string,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
    }
  });
});

describe('with origins and a JSON depth', () => {
  beforeAll(() => serve({ cors: { origins: [ORIGIN] }, limits: { jsonDepth: 3 } }));
  afterAll(() => service.stop());

  it('pages of the origins named may call and read, and no other', async () => {
    const asked = await preflight(ORIGIN);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('authorization') as string,
      vary: 'Origin',
    });
    const answer = await service.http.post('/predict').set('origin', ORIGIN).send({ text: '' }).expect(422);
    expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect((await preflight('https://evil.example.com')).headers).not.toHaveProperty('access-control-allow-origin');
    const other = await service.http.get('/health').set('origin', 'https://evil.example.com');
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    expect(other.headers.vary).toBe('Origin');
  });

  it('deeper JSON is refused before anything is made of it', async () => {
    const send = (body: string) => service.http.post('/predict').set('content-type', 'application/json').send(body);
    const answer = await send(`{"text":${'['.repeat(20_000)}`);
    expect(answer.status).toBe(422);
    expect(jsonOf(answer)).toMatchObject({
      errors: [{ field: 'body', message: 'nests deeper than 3 levels of arrays and objects' }],
    });
    // Brackets in a text are no nesting: it gets as far as the model, which the fakes do not have.
    await send(JSON.stringify({ text: '[[[[[{{{{"\\\\' })).expect(404);
  });
});

describe('the depth of JSON', () => {
  it.each([
    ['[]', 1, false],
    ['[]', 0, true],
    ['[[],[],{}]', 2, false],
    ['[{"a":[]}]', 2, true],
    ['"[[[["', 0, false],
    ['["\\"[[["]', 1, false],
    ['["\\\\",[[]]]', 2, true],
    ['"unended [[[', 0, false],
  ])('%s is deeper than %i: %s', (json, limit, deeper) => {
    expect(isDeeper(json, limit)).toBe(deeper);
  });
});
