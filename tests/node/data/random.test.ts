import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/data/bytes';
import { RandomStream } from '../../../src/data/random';

const SEED = fc.maxSafeInteger();
const NAME = fc.string({ maxLength: 20 });

function draw<T>(n: number, next: () => T): T[] {
  return Array.from({ length: n }, next);
}

describe('RandomStream.named', () => {
  test('gives the same stream for the same seed and name', () => {
    fc.assert(
      fc.property(SEED, NAME, (seed, name) => {
        expect(RandomStream.named(seed, name).state()).toEqual(
          RandomStream.named(seed, name).state(),
        );
      }),
    );
  });

  test('gives another state for another seed or name', () => {
    const states = new Set<string>();
    const names = ['', 'a', 'b', 'ab', 'ba', 'init', 'order', 'augment-weights', 'augment-alpha'];
    const seeds = [
      ...draw(
        1000,
        (() => {
          let i = -500;
          return () => i++;
        })(),
      ),
      2 ** 32,
      2 ** 52,
    ];
    for (const seed of seeds) {
      for (const name of names) states.add(String(RandomStream.named(seed, name).state()));
    }
    expect(states.size).toBe(seeds.length * names.length);
  });

  test('gives unrelated streams for neighbouring seeds', () => {
    const bits = 2000;
    for (const [a, b] of [
      [RandomStream.named(0, 'order'), RandomStream.named(1, 'order')],
      [RandomStream.named(0, 'order'), RandomStream.named(0, 'ordes')],
    ] as const) {
      const equal = draw(bits, () => a.int(2) === b.int(2)).filter(Boolean).length;
      // 4.5 standard deviations of a fair coin.
      expect(Math.abs(equal - bits / 2)).toBeLessThan(4.5 * Math.sqrt(bits / 4));
    }
  });

  test('is pinned: a change of the stream would change every stored run', () => {
    const stream = RandomStream.named(3, 'init');
    expect({
      state: stream.state(),
      uniform: stream.uniform(),
      int: draw(5, () => stream.int(1000)),
      normal: draw(2, () => stream.normal()),
    }).toMatchInlineSnapshot(`
      {
        "int": [
          810,
          656,
          791,
          578,
          648,
        ],
        "normal": [
          -0.3026706278324127,
          0.9648874998092651,
        ],
        "state": [
          107717092,
          -1209847016,
          -779968688,
          245131730,
        ],
        "uniform": 0.7753847239322376,
      }
    `);
  });

  test('refuses a seed that is not an integer', () => {
    expect(() => RandomStream.named(0.5, 'x')).toThrow('The seed 0.5 is not an integer');
  });
});

test('10,000 normal values are pinned, here and in the browser', async () => {
  const normals = RandomStream.named(0, 'normals');
  const values = Float32Array.from({ length: 10_000 }, () => normals.normal());
  expect(await sha256(new Uint8Array(values.buffer))).toBe(
    '1e3bf1d338dd145fff08092b1b7908c75e03f5ebadf503365ee37228dba8be02',
  );
});

describe('state', () => {
  test('survives JSON and continues the stream, whatever was drawn before', () => {
    fc.assert(
      fc.property(SEED, fc.array(fc.constantFrom('uniform', 'int', 'normal')), (seed, kinds) => {
        const stream = RandomStream.named(seed, 'x');
        for (const kind of kinds) {
          if (kind === 'int') stream.int(10);
          else if (kind === 'normal') stream.normal();
          else stream.uniform();
        }
        const saved = JSON.parse(JSON.stringify(stream.state())) as number[];
        const resumed = RandomStream.fromState(saved);
        const next = (s: RandomStream) => [s.normal(), s.uniform(), s.int(7), s.normal()];
        expect(next(resumed)).toEqual(next(stream));
      }),
    );
  });

  test.each([
    [[1, 2, 3]],
    [[1, 2, 3, 0.5]],
    [[1, 2, 3, 2 ** 31]],
    [[0, 0, 0, 0]],
    [[1, 2, 3, NaN]],
  ])('refuses %j', (state) => {
    expect(() => RandomStream.fromState(state)).toThrow(RangeError);
  });
});

describe('distributions', () => {
  test('uniform is in [0, 1) with the moments of the uniform distribution', () => {
    const stream = RandomStream.named(1, 'uniform');
    const n = 100_000;
    const values = draw(n, () => stream.uniform());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4.5 / Math.sqrt(12 * n));
  });

  test.each([2, 3, 7, 9, 10, 1000])('int(%i) is uniform by the chi-squared statistic', (k) => {
    const stream = RandomStream.named(k, 'int');
    const n = 100_000;
    const counts = new Uint32Array(k);
    for (let i = 0; i < n; i++) counts[stream.int(k)]! += 1;
    const chi2 = counts.reduce((sum, count) => sum + (count - n / k) ** 2 / (n / k), 0);
    // Mean k - 1, variance 2 (k - 1).
    expect(chi2).toBeLessThan(k - 1 + 5 * Math.sqrt(2 * (k - 1)) + 5);
  });

  test('int covers bounds up to 2^32 and refuses others', () => {
    const stream = RandomStream.named(0, 'x');
    expect(stream.int(1)).toBe(0);
    expect(Math.max(...draw(100, () => stream.int(2 ** 32)))).toBeGreaterThan(2 ** 31);
    for (const bound of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
      expect(() => stream.int(bound)).toThrow(RangeError);
    }
  });

  test('normal has the moments of the standard normal and is float32', () => {
    const stream = RandomStream.named(2, 'normal');
    const n = 100_000;
    const values = draw(n, () => stream.normal());
    expect(values.every((value) => value === Math.fround(value))).toBe(true);
    const moment = (p: number) => values.reduce((sum, value) => sum + value ** p, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4.5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4.5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4.5 * Math.sqrt(96 / n));
  });

  test('shuffle permutes, and each of the 24 orders of four is as likely', () => {
    const stream = RandomStream.named(4, 'shuffle');
    const n = 24_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const items = Uint32Array.of(0, 1, 2, 3);
      stream.shuffle(items);
      counts.set(items.join(), (counts.get(items.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chi2 = [...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(23 + 5 * Math.sqrt(46));
  });
});
