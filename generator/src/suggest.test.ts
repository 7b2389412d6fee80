import { expect, test } from 'vitest';
import { nearest } from './suggest.js';

test.each([
  ['replcas', 'replicas'],
  ['nodePrt', 'nodePort'],
  ['nodeprot', 'nodePort'],
  ['auto', 'autoscaling'],
  ['zebra', undefined],
])('%s is meant as %s', (wrong, meant) => {
  expect(nearest(wrong, ['replicas', 'nodePort', 'autoscaling'])).toBe(meant);
});
