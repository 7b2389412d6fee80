import { expect, test } from 'vitest';
import { parseDuration, parseQuantity } from './quantity.js';

test.each([
  ['250m', 0.25],
  ['1', 1],
  [1.5, 1.5],
  ['.5', 0.5],
  ['384Mi', 384 * 2 ** 20],
  ['1Gi', 2 ** 30],
  ['5G', 5e9],
  ['12e6', 12e6],
  ['1k', 1000],
  ['', undefined],
  ['1 Gi', undefined],
  ['1KB', undefined],
  ['-1', undefined],
  [undefined, undefined],
])('the quantity %j is %j', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each([
  ['15s', 15],
  ['1m30s', 90],
  ['500ms', 0.5],
  ['7d', 604_800],
  ['4w', 2_419_200],
  ['1y', 31_536_000],
  ['7', undefined],
  ['s', undefined],
  ['7 days', undefined],
  [7, undefined],
])('the duration %j is %j seconds', (text, value) => {
  expect(parseDuration(text)).toBe(value);
});
