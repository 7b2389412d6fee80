import { expect, it } from 'vitest';
import { workerCount } from '../dist/runtime/worker-count.js';

const none = { configured: 0, limitMillicores: undefined, cgroup: undefined, parallelism: 8 };

it.each([
  ['the configuration', { ...none, configured: 3, limitMillicores: '1000' }, 3],
  ['a limit of whole CPUs', { ...none, limitMillicores: '4000', cgroup: '200000 100000' }, 4],
  ['a limit with a fraction', { ...none, limitMillicores: '2500' }, 2],
  ['a limit below one CPU', { ...none, limitMillicores: '250' }, 1],
  ['the cgroup', { ...none, cgroup: '250000 100000\n' }, 2],
  ['a cgroup below one CPU', { ...none, cgroup: '50000 100000\n' }, 1],
  ['a cgroup without a limit', { ...none, cgroup: 'max 100000\n' }, 8],
  ['a limit that is no number', { ...none, limitMillicores: 'many' }, 8],
  ['the machine', none, 8],
])('takes %s', (_, sources, count) => {
  expect(workerCount(sources)).toBe(count);
});
