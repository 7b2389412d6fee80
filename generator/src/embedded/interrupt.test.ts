import { afterEach, expect, it, vi } from 'vitest';
import { interruptible, type Stop } from './interrupt.js';
import { aborted } from './probe.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Runs until the stop is asked for, and gives the test the stop to look at. */
function start(outer = new AbortController().signal): { stop: Promise<Stop>; run: Promise<void> } {
  let run = Promise.resolve();
  const stop = new Promise<Stop>((resolve) => {
    run = interruptible(outer, async (given) => {
      resolve(given);
      await aborted(given.signal);
      await aborted(given.hurry);
    });
  });
  return { stop, run };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops at the first %s and hurries at a later one', async (name) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const listeners = process.listenerCount(name);
  const { stop, run } = start();
  const { signal, hurry } = await stop;
  expect(signal.aborted).toBe(false);
  process.emit(name);
  process.emit(name); // the same key press, passed on twice
  expect([signal.aborted, hurry.aborted]).toEqual([true, false]);
  vi.setSystemTime(Date.now() + 1500);
  process.emit(name);
  expect(hurry.aborted).toBe(true);
  await run;
  expect(process.listenerCount(name)).toBe(listeners);
});

it('stops with the caller and from within', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const outer = new AbortController();
  const runs = [start(outer.signal), start()];
  const [first, second] = await Promise.all(runs.map(({ stop }) => stop));
  outer.abort();
  expect([first?.signal.aborted, second?.signal.aborted]).toEqual([true, false]);
  second?.now();
  expect([second?.signal.aborted, second?.hurry.aborted]).toEqual([true, false]);
  process.emit('SIGINT');
  vi.setSystemTime(Date.now() + 1500);
  process.emit('SIGINT');
  await Promise.all(runs.map(({ run }) => run));
});
