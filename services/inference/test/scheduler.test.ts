import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bench, dataOf, DIE, echo, FAIL, HOLD, newBench, openGate, part, valuesOf } from './scheduling.js';

const PATIENCE = { timeout: 50_000 };

let bench: Bench;
afterEach(async () => {
  openGate();
  bench.scheduler.stop();
  await bench.pool.close();
});

const codeOf = (result: Promise<unknown>) =>
  result.then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code,
  );
/** Occupies the only worker, so that what comes now waits. */
const occupy = () => {
  const held = bench.run(HOLD);
  bench.scheduler.dispatch();
  return held;
};
const sizes = () => bench.batches.map(({ rows }) => rows);

it('gives each request its own result', async () => {
  bench = await newBench({ workers: 2, queueLimit: 1000 });
  const values = Array.from({ length: 500 }, (_, i) => i);
  const results = await Promise.all(values.map((value) => bench.run(value)));
  expect(results).toEqual(values.map((value) => [value]));
});

it('lets nothing wait while a worker is free, and batches what comes meanwhile', async () => {
  bench = await newBench();
  const first = occupy();
  expect(bench.pool.states().busy).toBe(1);
  const rest = [1, 2, 3].map((value) => bench.run(value));
  openGate();
  await first;
  expect(await Promise.all(rest)).toEqual([[1], [2], [3]]);
  expect(bench.batches.map(({ rows, reason }) => [rows, reason])).toEqual([
    [1, 'idle'],
    [3, 'idle'],
  ]);
});

it('shares what has come at once among the workers that are free', async () => {
  bench = await newBench({ workers: 2 });
  await Promise.all([1, 2, 3, 4, 5, 6].map((value) => bench.run(value)));
  expect(sizes()).toEqual([3, 3]);
});

it('never makes a batch larger than the model allows', async () => {
  bench = await newBench({ model: echo('echo', 4) });
  const first = occupy();
  const rest = [[1, 2, 3], [4, 5], [6], [7, 8, 9]].map((values) => bench.run(values));
  openGate();
  await first;
  expect(await Promise.all(rest)).toEqual([[1, 2, 3], [4, 5], [6], [7, 8, 9]]);
  // In the order they came: the third would fit beside the first, but the second comes before it.
  expect(sizes()).toEqual([1, 3, 3, 3]);
  expect(bench.batches[1]?.reason).toBe('full');
});

it('bounds the tokens of a batch to three runs of the model', async () => {
  bench = await newBench({ model: { ...echo(), text: { maxTokens: 7, longest: 128, maxCharacters: 500 } } });
  const first = occupy();
  const submit = (value: number, tokens: number) =>
    bench.scheduler.submit(bench.model, [{ ...part(value), tokens }], {}).then(valuesOf);
  const rest = [submit(1, 10), submit(2, 10), submit(3, 8), submit(4, 10), submit(5, 30)];
  openGate();
  await first;
  expect(await Promise.all(rest)).toEqual([[1], [2], [3], [4], [5]]);
  // What has more tokens than any batch runs by itself.
  expect(sizes()).toEqual([1, 2, 2, 1]);
});

it('puts texts of like length together, and the oldest first', async () => {
  bench = await newBench({ model: { ...echo(), text: { maxTokens: 8, longest: 128, maxCharacters: 500 } } });
  const first = occupy();
  const order: number[] = [];
  const submit = (value: number, tokens: number) =>
    bench.scheduler.submit(bench.model, [{ ...part(value), tokens }], {}).then(() => order.push(value));
  const rest = [submit(1, 10), submit(2, 4), submit(3, 12), submit(4, 5), submit(5, 4), submit(6, 4)];
  openGate();
  await Promise.all([first, ...rest]);
  // The oldest decides of what length a batch is, whoever has come since.
  expect(order).toEqual([1, 3, 2, 5, 6, 4]);
  expect(sizes()).toEqual([1, 2, 4]);
});

it('keeps parts of different keys apart', async () => {
  bench = await newBench();
  const first = occupy();
  const submit = (value: number, key: string) =>
    bench.scheduler.submit(bench.model, [{ ...part(value), key }], {}).then(valuesOf);
  const rest = [submit(1, 'a'), submit(2, 'b'), submit(3, 'a')];
  openGate();
  await first;
  expect(await Promise.all(rest)).toEqual([[1], [2], [3]]);
  expect(sizes()).toEqual([1, 2, 1]);
});

it('lets a bad item fail alone', async () => {
  bench = await newBench();
  const first = occupy();
  const rest = [1, FAIL, 3].map((value) =>
    bench.run(value).catch((error: unknown) => (error as { code: string }).code),
  );
  openGate();
  await first;
  expect(await Promise.all(rest)).toEqual([[1], 'invalid', [3]]);
});

it('answers the batch of a worker that died, and runs the next on its successor', async () => {
  bench = await newBench();
  const lost = codeOf(bench.run(DIE));
  bench.scheduler.dispatch();
  const next = bench.run(5);
  expect(await lost).toBe('not-ready');
  expect(await next).toEqual([5]);
});

it('lets models take turns', async () => {
  bench = await newBench();
  const other = echo('other', 8);
  await bench.pool.replace(dataOf(bench.model, other), () => {
    bench.scheduler.open(other);
    return Promise.resolve();
  });
  const first = occupy();
  const order: string[] = [];
  const flood = Array.from({ length: 40 }, (_, i) => bench.run(i).then(() => order.push('flood')));
  const late = bench.scheduler.submit(other, [part(1)], {}).then(() => order.push('late'));
  openGate();
  await Promise.all([first, late, ...flood]);
  expect(order.indexOf('late')).toBeLessThanOrEqual(8);
});

describe('a full queue', () => {
  it('refuses with the seconds to wait, and takes requests again when it is empty', async () => {
    bench = await newBench({ queueLimit: 4 });
    const first = occupy();
    const rest = [bench.run([1, 2]), bench.run([3, 4])];
    await expect(async () => bench.run(5)).rejects.toMatchObject({ code: 'overloaded', retryAfter: 1 });
    expect(bench.scheduler.depth(bench.model)).toBe(4);
    openGate();
    await Promise.all([first, ...rest]);
    expect(await bench.run(5)).toEqual([5]);
  });

  it('says for a request that would never fit that it is too large', async () => {
    bench = await newBench({ queueLimit: 4 });
    await expect(async () => bench.run([1, 2, 3, 4, 5])).rejects.toMatchObject({ code: 'invalid' });
  });

  it('tells longer the more there is to do', async () => {
    bench = await newBench({ queueLimit: 50 });
    const slow = bench.run(HOLD);
    await new Promise((resolve) => setTimeout(resolve, 300));
    openGate();
    await slow;
    const first = occupy();
    const rest = bench.run(Array.from({ length: 50 }, () => 0));
    const refused = await Promise.resolve()
      .then(() => bench.run(1))
      .catch((error: unknown) => (error as { retryAfter: number }).retryAfter);
    // 51 rows of at least 0.3 s each.
    expect(refused).toBeGreaterThanOrEqual(15);
    openGate();
    await Promise.all([first, rest]);
  });
});

describe('work that nobody wants any more', () => {
  it('is not begun after its deadline', async () => {
    bench = await newBench();
    const first = occupy();
    const late = codeOf(bench.run(1, { deadline: performance.now() + 50 }));
    const patient = bench.run(2, { deadline: performance.now() + 60_000 });
    // Answered while the worker is still busy.
    expect(await late).toBe('deadline');
    openGate();
    await first;
    expect(await patient).toEqual([2]);
    expect(sizes()).toEqual([1, 1]);
  });

  it('is not begun when its client has gone', async () => {
    bench = await newBench();
    const first = occupy();
    const client = new AbortController();
    const gone = codeOf(bench.run(1, { signal: client.signal }));
    client.abort();
    expect(await gone).toBe('cancelled');
    expect(bench.scheduler.depth(bench.model)).toBe(0);
    openGate();
    await first;
    expect(sizes()).toEqual([1]);
  });

  it('is refused when its model is taken away and the last worker that held it died', async () => {
    bench = await newBench();
    const first = codeOf(occupy());
    const waiting = codeOf(bench.run(DIE));
    const stranded = codeOf(bench.scheduler.submit(bench.model, [{ ...part(1), key: 'other' }], {}));
    const other = echo('other');
    const replaced = bench.pool.replace(dataOf(other), () => {
      bench.scheduler.open(other);
      return bench.scheduler.close(bench.model);
    });
    await vi.waitFor(() => {
      expect(bench.pool.holds('other')).toBe(true);
    }, PATIENCE);
    openGate();
    expect(await Promise.all([first, waiting, stranded])).toEqual(['ok', 'not-ready', 'not-ready']);
    await replaced;
    expect(bench.pool.alive).toBe(1);
  });
});
