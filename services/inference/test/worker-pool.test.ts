import { afterEach, describe, expect, it, vi } from 'vitest';
import { WorkerPool } from '../dist/runtime/worker-pool.js';

const script = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);

let pool: WorkerPool;
afterEach(() => pool.close());

function newPool(size: number, { queueLimit = 10, worker = 'worker.mjs' } = {}): WorkerPool {
  pool = new WorkerPool({
    script: script(worker),
    size,
    data: { models: [] },
    queueLimit,
    logger: { info: vi.fn(), warn: vi.fn() },
  });
  return pool;
}

const outputs = (results: { output: unknown }[]) => results.map(({ output }) => output);

it('answers every task with its own result', async () => {
  await newPool(2, { queueLimit: 1000 }).start();
  const inputs = Array.from({ length: 500 }, (_, i) => i);
  expect(outputs(await Promise.all(inputs.map((input) => pool.run('any', input))))).toEqual(inputs);
});

it('refuses a task when the queue is full', async () => {
  await newPool(1, { queueLimit: 2 }).start();
  const running = [pool.run('any', 'hold'), pool.run('any', 1), pool.run('any', 2)].map((task) =>
    task.catch((error: unknown) => error),
  );
  await expect(pool.run('any', 3)).rejects.toMatchObject({ name: 'PoolUnavailable', reason: 'queue-full' });
  await pool.close();
  const reasons = (await Promise.all(running)).map((error) => (error as { reason: string }).reason);
  expect(reasons).toEqual(['worker-lost', 'closed', 'closed']);
});

it('passes on the error of a task and goes on', async () => {
  await newPool(1).start();
  await expect(pool.run('any', 'fail')).rejects.toThrow('bad input');
  expect(await pool.run('any', 7)).toMatchObject({ output: 7 });
});

describe.each(['die', 'throw'])('a worker that dies (%s)', (how) => {
  it('fails its own task alone and is replaced, also when it was the only one', async () => {
    await newPool(1).start();
    const lost = pool.run('any', how).catch((error: unknown) => error);
    const waiting = pool.run('any', 'next');
    expect(await lost).toMatchObject({ reason: 'worker-lost' });
    expect(pool.ready).toBe(false);
    expect(await waiting).toMatchObject({ output: 'next' });
    expect(pool.ready).toBe(true);
  });
});

it('survives many deaths', async () => {
  await newPool(2).start();
  for (let i = 0; i < 5; i += 1) {
    await expect(pool.run('any', 'die')).rejects.toMatchObject({ reason: 'worker-lost' });
    expect(await pool.run('any', i)).toMatchObject({ output: i });
  }
});

it('says why a worker does not start', async () => {
  await expect(newPool(1, { worker: 'broken-worker.mjs' }).start()).rejects.toThrow(
    'a worker did not start: no such model',
  );
});

it('refuses tasks once closed', async () => {
  await newPool(1).start();
  await pool.close();
  await expect(pool.run('any', 1)).rejects.toMatchObject({ reason: 'closed' });
});
