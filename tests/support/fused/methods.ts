import { describe, expect, test } from 'vitest';
import { gammaSlope } from '../../../src/engine/fused/gamma';
import { DIRICHLET_DRAWS, DROPPED, PROPOSALS } from '../../../src/engine/fused/method';
import type { MixPlan } from '../../../src/engine/fused/fused';
import type { NdArray } from '../plain-array';
import { expectClose, type Bench } from './bench';
import { noise, rounded } from './noise';
import { ratesOf } from './training';

const SHAPE = [6, 5];
const ROWS = [0, 5, 10, 15, 20, 25];

const table = (values: ArrayLike<number>): NdArray => ({
  shape: SHAPE,
  values: Float64Array.from(values),
});

export function softmax(row: ArrayLike<number>): number[] {
  const powers = Array.from(row, (value) => Math.exp(value));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Three operations of five on every edge. */
const KEPT = table(
  ROWS.flatMap((_, edge) => [0, 1, 2, 3, 4].map((i) => Number((i + edge) % 5 < 3))),
);

/** Something row by row, laid out as a table. */
const byRows = (body: (start: number) => readonly number[]) => table(ROWS.flatMap(body));

const rateOf = (rate: number) =>
  ratesOf(2, undefined, { rate, beta1: 0, beta2: 0, epsilon: 0, l2: 0 });

export function methodSuite(bench: () => Bench): void {
  describe('methods', () => {
    test('the numbers of a step', async () => {
      const rows = Float32Array.from({ length: 3 * 70 }, (_, i) => i / 8);
      const got = await bench().run((desk) => {
        const device = bench().opened.clock === 'device';
        const onDevice = device
          ? desk.put({ shape: [3, 70], values: Float64Array.from(rows) })
          : null;
        const clock = bench().clock(ratesOf(3), 2);
        return {
          row: bench().fused.methods.noise({ width: 70, rows, table: onDevice }, clock),
        };
      });
      expect([...got.row.values]).toEqual([...rows.subarray(140)]);
    });

    test.each([0.1, 40])('exponentiated gradient, rate %d', async (rate) => {
      const alpha = noise(SHAPE, 1, { spread: 2 });
      const gradient = noise(SHAPE, 2);
      const got = await bench().run((desk) => {
        const moved = desk.give(alpha);
        bench().fused.methods.exponentiate(
          moved,
          desk.put(gradient),
          bench().clock(rateOf(rate), 1),
        );
        return { moved };
      });
      const expected = byRows((start) => {
        const theta = softmax(alpha.values.subarray(start, start + 5)).map((share, i) =>
          Math.max(share * Math.exp(-rate * gradient.values[start + i]!), 1e-5),
        );
        const sum = theta.reduce((a, b) => a + b);
        return theta.map((share) => Math.log(share / sum));
      });
      expectClose('log theta', got.moved, expected);
      const least = Math.min(...expected.values);
      // At the higher rate some entries lie on the floor.
      expect(least < Math.log(1.1e-5)).toBe(rate > 1);
    });

    test('logarithms of concentrations', async () => {
      const alpha = noise(SHAPE, 3, { spread: 4 });
      const got = await bench().run((desk) => ({
        logs: bench().fused.methods.logConcentration(desk.put(alpha), null),
        some: bench().fused.methods.logConcentration(desk.put(alpha), desk.put(KEPT)),
      }));
      const expected = alpha.values.map((a) => Math.log(a > 0 ? a + 1 : Math.exp(a)));
      expectClose('logarithms', got.logs, table(expected));
      // To the bit.
      const kept = Array.from(got.logs.values, (log, i) => (KEPT.values[i] === 1 ? log : DROPPED));
      expect([...got.some.values]).toEqual(kept);
    });

    test.each([
      { mean: 0, spread: 0.01 },
      { mean: -1, spread: 3 },
      { mean: 20, spread: 20 },
    ])('Dirichlet samples, alpha $mean +- $spread', async (range) => {
      const alpha = noise(SHAPE, 4, range);
      const draws = gammaDraws(30, 5);
      const dp = noise(SHAPE, 6);
      const got = await bench().run((desk) => {
        const { methods } = bench().fused;
        const given = [desk.put(alpha), desk.put(draws)] as const;
        const { p, slope } = methods.dirichlet(...given, null);
        const some = methods.dirichlet(...given, desk.put(KEPT));
        const input = methods.dirichletInput(p, slope, desk.put(dp));
        const someInput = methods.dirichletInput(some.p, some.slope, desk.put(dp));
        return { p, slope, input, some: some.p, someInput };
      });
      const shapes = alpha.values.map((a) => Math.max(a > 0 ? 1 + a : Math.exp(a), 1e-4));
      const logs = shapes.map((shape, i) => plainVariate(shape, draws.values, i * DIRICHLET_DRAWS));
      const p = byRows((start) => softmax(logs.subarray(start, start + 5)));
      expectClose('p', got.p, p);
      const slopes = shapes.map(
        (shape, i) => gammaSlope(shape, logs[i]!) * Math.min(1, Math.exp(alpha.values[i]!)),
      );
      // Slopes of small shapes are large; each is compared by itself.
      slopes.forEach((slope, i) =>
        expect(Math.abs(got.slope.values[i]! / slope - 1), `slope ${i}`).toBeLessThan(2e-4),
      );
      const input = byRows((start) => {
        const row = [0, 1, 2, 3, 4].map((i) => start + i);
        const mean = row.reduce((sum, i) => sum + p.values[i]! * dp.values[i]!, 0);
        return row.map((i) => p.values[i]! * (dp.values[i]! - mean) * slopes[i]!);
      });
      expectClose('input', got.input, input, { tolerance: 1e-4 });

      // What was dropped is in no sample; the others are a sample by themselves.
      const keptIn = (start: number) => [0, 1, 2, 3, 4].map((i) => KEPT.values[start + i]!);
      const some = byRows((start) => {
        const own = keptIn(start).map((kept, i) => (kept === 1 ? logs[start + i]! : -Infinity));
        return softmax(own);
      });
      expectClose('p of what is kept', got.some, some);
      const someInput = byRows((start) => {
        const row = [0, 1, 2, 3, 4].map((i) => start + i);
        const mean = row.reduce((sum, i) => sum + some.values[i]! * dp.values[i]!, 0);
        return row.map((i) => some.values[i]! * (dp.values[i]! - mean) * slopes[i]!);
      });
      expectClose('input of what is kept', got.someInput, someInput, { tolerance: 1e-4 });
      KEPT.values.forEach((kept, i) => {
        if (kept === 1) return;
        expect(got.some.values[i]).toBe(0);
        expect(Math.abs(got.someInput.values[i]!)).toBe(0);
      });
    });

    test('the pull towards the uniform Dirichlet distribution', async () => {
      const alpha = noise(SHAPE, 11, { spread: 2 });
      const gradient = noise(SHAPE, 12);
      const l2 = 0.3;
      const rates = ratesOf(2, undefined, { rate: 1, beta1: 0, beta2: 0, epsilon: 0, l2 });
      const got = await bench().run((desk) => ({
        pulled: bench().fused.methods.dirichletPull(
          desk.put(alpha),
          desk.put(gradient),
          bench().clock(rates, 1),
        ),
      }));
      const expected = byRows((start) => {
        const own = alpha.values.subarray(start, start + 5);
        const shapes = [...own].map((a) => (a > 0 ? 1 + a : Math.exp(a)));
        const total = shapes.reduce((a, b) => a + b);
        return shapes.map((shape, i) => {
          const slope = (shape - 1) * plainTrigamma(shape) - (total - 5) * plainTrigamma(total);
          const moves = Math.min(1, Math.exp(own[i]!));
          return gradient.values[start + i]! + l2 * (slope * moves - own[i]!);
        });
      });
      expectClose('pulled', got.pulled, expected, { tolerance: 1e-4 });
    });

    test.each([10, 0.5])('Gumbel choices at temperature %d', async (temperature) => {
      const alpha = noise(SHAPE, 7);
      const numbers = noise([30], 8, { spread: 2 });
      const draws = { shape: [31], values: Float64Array.of(temperature, ...numbers.values) };
      const dp = noise(SHAPE, 9);
      const shifts = noise([6], 10);
      const got = await bench().run((desk) => {
        const { methods: kernels } = bench().fused;
        const given = desk.put(draws);
        const { p, q } = kernels.gumbel(desk.put(alpha), given);
        const input = kernels.gumbelInput(q, p, desk.put(dp), desk.put(shifts), given);
        return { p, q, input };
      });
      const qAt = (values: Float64Array) =>
        byRows((start) => {
          const own = softmax(values.subarray(start, start + 5)).map(Math.log);
          return softmax(own.map((log, i) => (log + numbers.values[start + i]!) / temperature));
        }).values;
      const q = qAt(alpha.values);
      expectClose('q', got.q, table(q));
      const chosen = byRows((start) => {
        const row = [...q.subarray(start, start + 5)];
        return row.map((share) => Number(share === Math.max(...row)));
      }).values;
      expect(got.p.values).toEqual(chosen);
      // What the straight-through gradient is the gradient of.
      const dh = dp.values.map((d, i) => (chosen[i] === 1 ? d : shifts.values[Math.floor(i / 5)]!));
      const slopeOf = (entry: number) => {
        const at = (h: number) => {
          const moved = alpha.values.slice();
          moved[entry]! += h;
          return qAt(moved).reduce((sum, share, i) => sum + share * dh[i]!, 0);
        };
        return (at(1e-5) - at(-1e-5)) / 2e-5;
      };
      const input = table(Array.from({ length: 30 }, (_, entry) => slopeOf(entry)));
      expectClose('input', got.input, input);
    });

    test('shifts of edges', async () => {
      const plan: MixPlan = { edges: [2, 4], columns: 5, skip: 1, pool: 4, convs: [2, 3] };
      const sums = noise([3, 2 * 12], 11);
      const shifts = noise([6], 12);
      const got = await bench().run((desk) => {
        const sum = desk.give(shifts);
        bench().fused.methods.addShifts(desk.put(sums), sum, plan);
        return { sum };
      });
      const expected = shifts.values.slice();
      for (let c = 0; c < 12; c++) {
        expected[2]! += sums.values[c]!;
        expected[4]! += sums.values[12 + c]!;
      }
      expectClose('shifts', got.sum, { shape: [6], values: expected });
    });

    test.each([3, 1000])('vectors of %i weights', async (size) => {
      const [w, v, g, d] = [1, 2, 3, 4].map((seed) => noise([size], seed));
      const [plus, minus] = [noise(SHAPE, 5), noise(SHAPE, 6)];
      const gradient = noise(SHAPE, 7);
      const rows = ratesOf(2, { rate: 0.3, momentum: 0.9, decay: 0.1, clip: 1e-3 });
      const got = await bench().run((desk) => {
        const { methods: kernels } = bench().fused;
        const clock = bench().clock(rows, 1);
        const state = { weights: desk.put(w!), momentum: desk.put(v!) };
        const length = kernels.length(desk.put(d!));
        const sides = { plus: desk.put(plus), minus: desk.put(minus) };
        const put = () => desk.put(gradient);
        return {
          ahead: kernels.lookAhead(state, desk.put(g!), clock),
          length,
          along: kernels.along(state.weights, desk.put(d!), length, -0.01),
          apart: kernels.apart(state.weights, { plus: desk.put(g!), minus: desk.put(d!) }, 0.5),
          fixed: kernels.corrected(put(), sides, length, 0.01, 0.1, clock),
          timed: kernels.corrected(put(), sides, length, 0.01, 'weight rate', clock),
        };
      });
      const span = Math.hypot(...d!.values);
      const vector = (of: (i: number) => number) => ({
        shape: [size],
        values: Float64Array.from({ length: size }, (_, i) => of(i)),
      });
      const at = (array: NdArray | undefined, i: number) => array!.values[i]!;
      expectClose('length', got.length, { shape: [1], values: Float64Array.of(span) });
      expectClose(
        'ahead',
        got.ahead,
        vector((i) => at(w, i) - 0.3 * (at(g, i) + 0.1 * at(w, i) + 0.9 * at(v, i))),
      );
      expectClose(
        'along',
        got.along,
        vector((i) => at(w, i) - (0.01 / span) * at(d, i)),
      );
      expectClose(
        'apart',
        got.apart,
        vector((i) => at(w, i) + 0.5 * (at(g, i) - at(d, i))),
      );
      for (const [name, factor] of [
        ['fixed', 0.1],
        ['timed', 0.3],
      ] as const) {
        const expected = gradient.values.map(
          (value, i) => value - (factor * (at(plus, i) - at(minus, i)) * span) / 0.02,
        );
        expectClose(name, got[name], table(expected));
      }
    });
  });
}

/** Uniform and normal numbers as a host would draw them. */
function gammaDraws(entries: number, seed: number): NdArray {
  const count = entries * DIRICHLET_DRAWS;
  const [a, b] = [noise([count], seed), noise([count], seed + 100)];
  const uniform = (value: number) => (value + 1.0001) / 2.0002;
  const values = a.values.map((value, i) => {
    const u = uniform(value);
    if ((i % DIRICHLET_DRAWS) % 2 === 0) return u;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * uniform(b.values[i]!));
  });
  return rounded({ shape: [count], values });
}

/** Logarithm of a gamma variate by the squeeze-free method of Marsaglia and Tsang. */
function plainVariate(shape: number, draws: Float64Array, first: number): number {
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  for (let n = 0; n < PROPOSALS; n++) {
    const x = draws[first + 1 + 2 * n]!;
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    const u = draws[first + 2 + 2 * n]!;
    if (v > 0 && Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
      return Math.log(d * v) + (shape < 1 ? Math.log(draws[first]!) / shape : 0);
    }
  }
  throw new Error('Every proposal was refused.');
}

/** The sum of 1 / (y + n)^2 over all n, its tail by an integral. */
function plainTrigamma(y: number): number {
  const terms = 20_000;
  let sum = 0;
  for (let n = 0; n < terms; n++) sum += 1 / (y + n) ** 2;
  return sum + 1 / (y + terms - 0.5);
}
