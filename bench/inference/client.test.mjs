import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ask, closedLoop, isUp, openLoop, requestOf } from './client.mjs';
import { combined, mostOf, percentile, summary } from './statistics.mjs';

let server;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers the requests, which it is told the number of. */
async function serve(answer) {
  let count = 0;
  server = createServer((request, response) => {
    request.resume();
    void answer(response, count++, request);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

const reply = (response, status, body) => {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
};
const requests = [requestOf('/x', { text: 'é' })];

it('takes of several rounds the median of each number, and all answers other than 200', () => {
  const round = (perSecond, others) => ({ loads: [undefined, { perSecond, others }], name: 'x' });
  const rounds = [round(3, { 503: 1 }), round(1, {}), round(2, { 503: 4, 0: 1 })];
  expect(combined(rounds)).toEqual(round(2, { 503: 5, 0: 1 }));
  expect(mostOf([undefined, { perSecond: 2 }, { perSecond: 3 }])).toBe(3);
});

it('takes the number that so many do not exceed for the percentile', () => {
  const numbers = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.99, 1].map((share) => percentile(numbers, share))).toEqual([50, 99, 100]);
});

it('counts as throughput what was answered 200, and the rest by status', () => {
  const answers = [200, 200, 503, 0].map((status, i) => ({ status, milliseconds: i + 1 }));
  expect(summary(answers, 2)).toEqual({ perSecond: 1, p50: 1, p99: 2, others: { 0: 1, 503: 1 } });
});

it('puts an answer together that comes in pieces', async () => {
  const port = await serve(async (response) => {
    const body = JSON.stringify({ text: 'é'.repeat(1000) });
    response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
    response.flushHeaders();
    await sleep(5);
    response.write(body.slice(0, 10));
    await sleep(5);
    response.end(body.slice(10));
  });
  expect(await ask({ port, requests })).toEqual([{ text: 'é'.repeat(1000) }]);
});

it('takes an answer without a body', async () => {
  const port = await serve((response) => reply(response, 200, ''));
  expect(await isUp(port, '/')).toBe(true);
});

it('has so many requests under way as it is told, and goes on when a connection is lost', async () => {
  let underWay = 0;
  let most = 0;
  const port = await serve(async (response, i) => {
    most = Math.max(most, ++underWay);
    await sleep(5);
    underWay -= 1;
    if (i === 3) response.destroy();
    else reply(response, 200, '{}');
  });
  const { perSecond, others } = await closedLoop({ port, requests, concurrency: 4, warmUp: 0, seconds: 2 });
  expect(most).toBe(4);
  expect(others).toEqual({ 0: 1 });
  expect(perSecond).toBeGreaterThan(0);
});

it('keeps its rate when answers do not come, and waits no longer than the deadline', async () => {
  const port = await serve((response, i) => {
    if (i % 2 === 0) reply(response, 503, '{}');
  });
  const load = { port, requests, rate: 100, warmUp: 0, seconds: 0.5, deadline: 0.2 };
  const { perSecond, others } = await openLoop(load);
  expect(perSecond).toBe(0);
  expect(others[503] + others[0]).toBe(50);
  expect(others[0]).toBeGreaterThan(0);
});
