import { Counter, Histogram, Registry, register } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import { QuickCounter, QuickHistogram } from '../dist/metrics/quick-metrics.js';

beforeEach(() => {
  register.clear();
});

it('counts as the counter of prom-client does', async () => {
  const options = { name: 'requests_total', help: 'Requests', labelNames: ['endpoint', 'status'] };
  const registry = new Registry();
  const theirs = new Counter({ ...options, registers: [registry] });
  const ours = new QuickCounter(options);
  for (const [endpoint, status] of [
    ['/a', '200'],
    ['200', '/a'],
    ['/a', '200'],
    ['/a', '503'],
    ['a "b" \\', '200'],
  ] as const) {
    theirs.inc({ endpoint, status });
    ours.inc(endpoint, status);
  }
  expect(await register.metrics()).toBe(await registry.metrics());
});

it('measures as the histogram of prom-client does', async () => {
  const options = { name: 'seconds', help: 'Seconds', labelNames: ['endpoint'], buckets: [0.1, 1, 2.5] };
  const registry = new Registry();
  const theirs = new Histogram({ ...options, registers: [registry] });
  const ours = new QuickHistogram(options);
  for (const seconds of [0, 0.1, 0.125, 1, 2, 2.5, 3, 1e9]) {
    theirs.observe({ endpoint: '/a' }, seconds);
    ours.observe(seconds, '/a');
  }
  theirs.observe({ endpoint: '/b' }, 1);
  ours.observe(1, '/b');
  expect(await register.metrics()).toBe(await registry.metrics());
});

it('shows nothing of what has not happened', async () => {
  new QuickCounter({ name: 'requests_total', help: 'Requests', labelNames: ['endpoint'] });
  expect(await register.metrics()).toBe('# HELP requests_total Requests\n# TYPE requests_total counter\n');
});

it('refuses a name that there is already', () => {
  const options = { name: 'requests_total', help: 'Requests', labelNames: ['endpoint'] };
  new QuickCounter(options);
  expect(() => new QuickCounter(options)).toThrow(/already been registered/);
});
