import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PoolWorker } from '../dist/runtime/pool-worker.js';
import type { WorkerPool } from '../dist/runtime/worker-pool.js';
import { dataOf, DIE, echo, FAIL, HOLD, newPool, openGate, part } from './scheduling.js';

const OLD = echo('old');
const NEW = echo('new');
const PATIENCE = { timeout: 50_000 };

let pool: WorkerPool;
afterEach(async () => {
  openGate();
  await pool.close();
});

function idle(model = 'old'): PoolWorker {
  const [worker] = pool.idle(model);
  if (!worker) throw new Error('no worker is idle');
  return worker;
}

const run = (worker: PoolWorker, value: number) => worker.run({ model: 'old', inputs: part(value).inputs });
const untilAlive = (count: number) =>
  vi.waitFor(() => {
    expect(pool.alive).toBe(count);
  }, PATIENCE);

it('starts its workers and says what the models take and give', async () => {
  pool = newPool(2);
  expect(await pool.start(dataOf(OLD))).toEqual({ old: { signature: OLD.signature, loadSeconds: 0 } });
  expect(pool.states()).toEqual({ starting: 0, idle: 2, busy: 0, ending: 0 });
});

it('has no worker idle while each has a batch', async () => {
  pool = newPool(1);
  await pool.start(dataOf(OLD));
  const result = run(idle(), 7);
  expect(pool.idle('old')).toEqual([]);
  expect((await result).outputs[0]?.data).toEqual(Float32Array.of(7));
  expect(pool.idle('old')).toHaveLength(1);
});

it('passes on that a batch failed and goes on', async () => {
  pool = newPool(1);
  await pool.start(dataOf(OLD));
  await expect(run(idle(), FAIL)).rejects.toMatchObject({ name: 'RunError', message: 'bad input' });
  await expect(run(idle(), 7)).resolves.toBeDefined();
});

it('replaces a worker that dies, again and again; its batch may be tried again', async () => {
  pool = newPool(2);
  await pool.start(dataOf(OLD));
  for (let i = 0; i < 3; i += 1) {
    await expect(run(idle(), DIE)).rejects.toMatchObject({ name: 'ServingError', code: 'not-ready', retryAfter: 1 });
    expect(pool.alive).toBe(1);
    await untilAlive(2);
  }
});

it('says why a worker does not start', async () => {
  pool = newPool(1, { script: 'broken-worker.mjs' });
  await expect(pool.start(dataOf(OLD))).rejects.toThrow('a worker did not start: no such model');
});

it('lets a batch end before it closes', async () => {
  pool = newPool(1);
  await pool.start(dataOf(OLD));
  const held = run(idle(), HOLD);
  const closed = pool.close();
  openGate();
  await expect(held).resolves.toBeDefined();
  await closed;
  expect(pool.alive).toBe(0);
});

describe('a change of models', () => {
  it('has a worker for the old ones until they have nothing to do, then only new ones', async () => {
    pool = newPool(2);
    await pool.start(dataOf(OLD));
    const flip = vi.fn(() => {
      expect(pool.holds('new')).toBe(true);
      expect(pool.states().idle).toBe(3);
      return Promise.resolve();
    });
    await pool.replace(dataOf(NEW), flip);
    expect(flip).toHaveBeenCalledWith({ new: { signature: NEW.signature, loadSeconds: 0 } });
    expect(pool.holds('old')).toBe(false);
    expect(pool.states()).toEqual({ starting: 0, idle: 2, busy: 0, ending: 0 });
  });

  it('waits for the batch of a worker that it ends', async () => {
    pool = newPool(1);
    await pool.start(dataOf(OLD));
    const held = run(idle(), HOLD);
    const replaced = pool.replace(dataOf(NEW), () => Promise.resolve());
    await vi.waitFor(() => {
      expect(pool.states().ending).toBe(1);
    }, PATIENCE);
    openGate();
    await expect(held).resolves.toBeDefined();
    await replaced;
    expect(pool.alive).toBe(1);
  });

  it('has as many workers as before when one dies in its midst', async () => {
    pool = newPool(2);
    await pool.start(dataOf(OLD));
    const lost = run(idle(), DIE).catch((error: unknown) => error);
    await pool.replace(dataOf(NEW), () => Promise.resolve());
    await lost;
    await untilAlive(2);
    // A replacement for the dead one would come by now.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(pool.alive).toBe(2);
    expect(pool.holds('old')).toBe(false);
  });
});
