import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../model.js';
import { canonical, compare } from './compare.js';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

describe('compare', () => {
  it('finds nothing between a value and its copy, whatever the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(compare(value, structuredClone(value))).toEqual([]);
      }),
    );
    expect(compare({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual([]);
  });

  it('finds something between any two values that differ', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        fc.pre(canonical(from) !== canonical(to));
        expect(compare(from, to)).not.toEqual([]);
      }),
    );
  });

  it('says the same of both directions', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        const kinds = (list: ReturnType<typeof compare>, ...wanted: string[]): number =>
          list.filter(({ kind }) => wanted.includes(kind)).length;
        const [forth, back] = [compare(from, to), compare(to, from)];
        expect(kinds(forth, 'added')).toBe(kinds(back, 'removed'));
        expect(kinds(forth, 'changed', 'moved')).toBe(kinds(back, 'changed', 'moved'));
      }),
    );
  });

  it('names leaves of both sides when their type differs', () => {
    expect(compare({ a: { b: 1, c: [] } }, { a: 'text' })).toEqual([
      { kind: 'removed', path: 'a.b', from: 1 },
      { kind: 'removed', path: 'a.c', from: [] },
      { kind: 'added', path: 'a', to: 'text' },
    ]);
  });

  it('tells a number from the same text', () => {
    expect(compare({ tag: '10' }, { tag: 10 })).toEqual([{ kind: 'changed', path: 'tag', from: '10', to: 10 }]);
  });

  it('removes two items near the head of a long list as two changes', () => {
    const list = Array.from({ length: 4200 }, (_, index) => ({ key: index, host: `host-${String(index)}` }));
    const without = list.filter((_, index) => index !== 3 && index !== 7);
    expect(compare(list, without).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'removed [3].key',
      'removed [3].host',
      'removed [7].key',
      'removed [7].host',
    ]);
  });

  it('compares JSON inside a text by its content, and shows how it is written where only that differs', () => {
    expect(compare({ data: '{"a":1,"b":2}' }, { data: '{"b":3,"a":1}' })).toEqual([
      { kind: 'changed', path: 'data.b', from: 2, to: 3 },
    ]);
    expect(compare({ data: '{"a":1}' }, { data: '{ "a": 1 }' })).toEqual([
      { kind: 'changed', path: 'data', from: '{"a":1}', to: '{ "a": 1 }' },
    ]);
  });
});
