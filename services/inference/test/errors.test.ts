import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, start } from './support.js';

let service: Service;
beforeAll(async () => {
  service = await start({ limits: { bodyBytes: 4096, textLength: 500, batchItems: 3 } });
});
afterAll(() => service.stop());

interface Problem {
  status: number;
  errors?: { field: string; message: string }[];
}

/** What every error answer has in common. */
function expectProblem(
  answer: { status: number; body: unknown; headers: Record<string, string> },
  status: number,
): Problem {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: expect.stringMatching(/^urn:brolly:problem:[a-z-]+$/) as string,
    title: expect.any(String) as string,
    status,
    detail: expect.any(String) as string,
    request_id: answer.headers['x-request-id'],
  });
  return answer.body as Problem;
}

describe('422', () => {
  it.each<[string, object, [string, string][]]>([
    ['/predict', {}, [['text', 'is required']]],
    ['/predict', { text: '' }, [['text', 'must have at least 1 character']]],
    ['/predict', { text: 'x'.repeat(501) }, [['text', 'must have at most 500 characters']]],
    [
      '/predict',
      { text: 7, more: 1 },
      [
        ['more', 'is not known here: remove it or correct its name'],
        ['text', 'must be of type string'],
      ],
    ],
    ['/predict', [], [['body', 'must be a JSON object']]],
    ['/predict/batch', { texts: [] }, [['texts', 'must have at least 1 item']]],
    ['/predict/batch', { texts: ['a', 'b', 'c', 'd'] }, [['texts', 'must have at most 3 items']]],
    [
      '/predict/batch',
      { texts: ['a', '', 1] },
      [
        ['texts[1]', 'must have at least 1 character'],
        ['texts[2]', 'must be of type string'],
      ],
    ],
    ['/predict/batch', { texts: 'a' }, [['texts', 'must be of type array']]],
  ])('%s %j', async (path, body, problems) => {
    const { errors } = expectProblem(await service.http.post(path).send(body), 422);
    expect(errors?.map(({ field, message }) => [field, message])).toEqual(problems);
  });

  it('lists all fields of a house that are missing, wrong or unknown', async () => {
    const body = {
      longitude: -200,
      latitude: 'north',
      ocean_proximity: 'LAKE',
      total_rooms: -1,
      median_income: null,
      rooms: 3,
    };
    const { errors } = expectProblem(await service.http.post('/predict/house-price').send(body), 422);
    expect(Object.fromEntries((errors ?? []).map(({ field, message }) => [field, message]))).toEqual({
      housing_median_age: 'is required',
      population: 'is required',
      households: 'is required',
      rooms: 'is not known here: remove it or correct its name',
      longitude: 'must be >= -180',
      latitude: 'must be of type number',
      total_rooms: 'must be >= 0',
      median_income: 'must be of type number',
      ocean_proximity: 'must be one of <1H OCEAN, INLAND, ISLAND, NEAR BAY, NEAR OCEAN',
    });
  });

  it.each(['abc', '0x10', 'NaN', 'Infinity', '1e400', '1,5', '%20', '21abc', '--1', '1e308'])(
    'GET /predict/%s',
    async (x) => {
      const { errors } = expectProblem(await service.http.get(`/predict/${x}`), 422);
      expect(errors).toEqual([{ field: 'value', message: expect.any(String) as string }]);
    },
  );

  it.each([
    ['malformed JSON', '{"text": '],
    ['an empty body', ''],
    ['an attempt on the prototype', '{"text":"a","__proto__":{"admin":true}}'],
  ])('%s', async (_, body) => {
    const answer = await service.http.post('/predict').set('content-type', 'application/json').send(body);
    const { errors } = expectProblem(answer, 422);
    expect(errors?.[0]?.field).toBe('body');
  });

  it('no body at all', async () => {
    const { errors } = expectProblem(await service.http.post('/predict/batch'), 422);
    expect(errors).toEqual([{ field: 'body', message: 'must be a JSON object' }]);
  });
});

describe('other errors', () => {
  it('an unknown route is 404', async () => {
    for (const path of ['/nope', '/predict/1/2', '/predict/', '/HEALTH', '/model'])
      expectProblem(await service.http.get(path), 404);
    expectProblem(await service.http.post('/nope').send({ text: 'a' }), 404);
  });

  it.each([
    ['get', '/predict', 'POST'],
    ['get', '/predict/batch', 'POST'],
    ['get', '/predict/house-price', 'POST'],
    ['post', '/predict/21', 'GET, HEAD'],
    ['delete', '/predict', 'POST'],
    ['put', '/health', 'GET, HEAD'],
    ['patch', '/metrics', 'GET, HEAD'],
    ['options', '/', 'GET, HEAD'],
  ] as const)('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    const answer = await service.http[method](path);
    expectProblem(answer, 405);
    expect(answer.headers.allow).toBe(allow);
  });

  it('a body over the limit is 413', async () => {
    expectProblem(await service.http.post('/predict').send({ text: 'x'.repeat(5000) }), 413);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('%s is 415', async (type) => {
    expectProblem(await service.http.post('/predict').set('content-type', type).send('text=a'), 415);
  });

  it('a path that cannot be decoded is 400', async () => {
    const { status, headers } = await service.http.get('/predict/%zz');
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

it.each(['*', 'http://x/nowhere', '//x', '/nowhere?x=/predict'])(
  'answers GET %s with a 404 of its own',
  async (target) => {
    const { port } = service.app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const answer = String(await once(socket, 'data'));
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('"type":"urn:brolly:problem:not-found"');
    socket.destroy();
  },
);
