import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/trace/canonical';

test('prints the example of RFC 8785, section 3.2.2', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '€$\u000f\nA\'B"\\\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],' +
      '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('sorts keys by UTF-16 code unit, as RFC 8785, section 3.2.3', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 };
  expect(Object.values(JSON.parse(canonicalJson(value)) as object).length).toBe(7);
  const order = [...canonicalJson(value).matchAll(/:(\d)/g)].map(([, number]) => Number(number));
  expect(order).toEqual([2, 4, 6, 7, 1, 5, 3]);
});

test('parses back to the same value, whatever order its keys were added in', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const copy = JSON.parse(JSON.stringify(value)) as unknown;
      const text = canonicalJson(copy);
      expect(JSON.parse(text)).toEqual(copy);
      expect(canonicalJson(reversed(copy))).toBe(text);
    }),
  );
});

test.each([
  ['NaN', { a: [0, { b: NaN }] }, '$.a[1].b is NaN; JSON holds finite numbers only'],
  ['Infinity', [-Infinity], '$[0] is -Infinity; JSON holds finite numbers only'],
  ['undefined', { a: undefined }, '$.a is undefined, which JSON cannot hold'],
  ['a hole', Array(1), '$[0] is undefined, which JSON cannot hold'],
  ['a bigint', 1n, '$ is bigint, which JSON cannot hold'],
  ['a date', { at: new Date(0) }, '$.at is neither a plain object nor an array'],
  ['a typed array', new Float32Array(1), '$ is neither a plain object nor an array'],
  ['half a surrogate pair', { name: 'a\ud800' }, '$.name has half of a surrogate pair'],
  ['an odd key', { 'a b': undefined }, '$["a b"] is undefined, which JSON cannot hold'],
])('refuses %s and says where', (_, value, message) => {
  expect(() => canonicalJson(value)).toThrow(message);
});

test('refuses a cycle', () => {
  const value: { self?: unknown } = {};
  value.self = value;
  expect(() => canonicalJson(value)).toThrow('is nested deeper than 64 levels');
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
