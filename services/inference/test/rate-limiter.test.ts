import { describe, expect, it } from 'vitest';
import { clientOf, RateLimiter } from '../dist/security/rate-limiter.js';

function limiter(requests: number, windowSeconds: number) {
  const clock = { seconds: 1000 };
  return { clock, limiter: new RateLimiter({ requests, windowSeconds }, () => clock.seconds) };
}

it('allows a window of requests at once, and gives them back evenly', () => {
  const { clock, limiter: four } = limiter(4, 60);
  expect([1, 2, 3, 4].map(() => four.take('a').remaining)).toEqual([3, 2, 1, 0]);
  expect(four.take('a')).toEqual({ allowed: false, remaining: 0, whole: 60, retryAfter: 15 });
  clock.seconds += 14.9;
  expect(four.take('a').allowed).toBe(false);
  clock.seconds += 0.1;
  expect(four.take('a')).toMatchObject({ allowed: true, remaining: 0 });
  expect(four.take('a').allowed).toBe(false);
  clock.seconds += 60;
  expect(four.take('a').remaining).toBe(3);
});

it('never allows more than two windows in any window and its successor', () => {
  const { clock, limiter: ten } = limiter(10, 10);
  let allowed = 0;
  for (let i = 0; i < 2000; i += 1) {
    if (ten.take('a').allowed) allowed += 1;
    clock.seconds += 0.01;
  }
  expect(allowed).toBeGreaterThanOrEqual(29);
  expect(allowed).toBeLessThanOrEqual(30);
});

it('counts each client by itself', () => {
  const { limiter: one } = limiter(1, 60);
  expect(one.take('a').allowed).toBe(true);
  expect(one.take('b').allowed).toBe(true);
  expect(one.take('a').allowed).toBe(false);
});

it('forgets the client not seen for longest when there are too many', () => {
  const { limiter: one } = limiter(2, 60);
  for (const client of ['first', 'kept']) one.take(client);
  for (let i = 0; i < 9_998; i += 1) one.take(String(i));
  one.take('kept');
  one.take('one more');
  expect(one.take('first').remaining).toBe(1);
  expect(one.take('kept').allowed).toBe(false);
});

describe('clientOf', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1', 'fe80:0:0:0'],
  ])('%s is %s', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });
});
