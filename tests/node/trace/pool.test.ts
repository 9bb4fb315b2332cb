import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { addToPool, type Pool } from '../../../src/trace/pool';
import type { TraceRun } from '../../../src/trace/types';
import { magnitudeBundles, type Trajectory } from '../../../src/view/chart/series';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';

const SEEDS = [3, 48_213, 7, 2_000_000_000, 12];

let runs: readonly TraceRun[];

beforeAll(async () => {
  runs = await Promise.all(SEEDS.map((seed) => syntheticRun({ seed, epochs: 4 })));
});

/** As many files as the cuts say, one after the other. */
function pooled(order: readonly TraceRun[], files: number): Pool {
  const size = Math.ceil(order.length / files);
  let pool: Pool = [];
  for (let at = 0; at < order.length; at += size) {
    pool = addToPool(pool, order.slice(at, at + size)).pool;
  }
  return pool;
}

const bandsOf = (pool: Pool) =>
  magnitudeBundles({
    key: '',
    label: '',
    ops: pool[0]!.config.effective.ops,
    trajectories: pool.map(({ uid, seed, config, epochs, toggles, events }): Trajectory => {
      const { ops, warmup } = config.effective;
      return { uid, seed, ops, epochs, total: 4, warmup, live: false, toggles, events };
    }),
  });

test('whatever the files and their order, the pool is that of all runs at once, to the bit', () => {
  const central = addToPool([], runs).pool;
  expect(central.map(({ seed }) => seed)).toEqual(SEEDS.toSorted((a, b) => a - b));
  const bands = bandsOf(central);
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...SEEDS.keys()], { minLength: SEEDS.length }),
      fc.integer({ min: 1, max: SEEDS.length }),
      (order, files) => {
        const pool = pooled(
          order.map((at) => runs[at]!),
          files,
        );
        expect(pool).toEqual(central);
        expect(bandsOf(pool)).toEqual(bands);
      },
    ),
  );
});

test('a doubled run is refused, and the pool stays as it is', () => {
  const { pool } = addToPool([], runs);
  const again = addToPool(pool, [runs[2]!]);
  expect(again.pool).toEqual(pool);
  expect(again.refused).toEqual([{ run: runs[2], reason: 'in the pool already' }]);
});

test('of two runs of a seed the one with the lesser uid counts, whichever came first', () => {
  const [one] = runs as [TraceRun];
  const other = { ...one, uid: syntheticUid(1), digest: 'e'.repeat(64) };
  for (const order of [
    [one, other],
    [other, one],
  ]) {
    const { pool, refused } = addToPool([], order);
    expect(pool).toEqual([other]);
    expect(refused).toEqual([
      { run: one, reason: 'its seed is in the pool with other numbers, as run 00000000' },
    ]);
  }
  const copy = { ...one, uid: syntheticUid(0) };
  expect(addToPool([one], [copy]).refused[0]!.reason).toContain('with the same numbers');
});

test('runs of another regime are refused with the first setting that differs', async () => {
  const swapped = await syntheticRun({ seed: 1, epochs: 4, settings: { swap: true } });
  const { pool, refused } = addToPool(runs, [swapped]);
  expect(pool).toHaveLength(SEEDS.length);
  expect(refused[0]!.reason).toMatch(/^another configuration, effective\..* is .*, in the pool/);
  const elsewhere = { ...runs[0]!, seed: 1, configDigest: 'f'.repeat(64) };
  expect(addToPool(runs, [elsewhere]).refused[0]!.reason).toBe('trained on other data');
});

test.each([
  ['unfinished', { state: 'stopped' }, 'not finished, 4 of 4 epochs'],
  ['toggled', { toggles: [{ fromEpoch: 2, swap: true }] }, 'a setting was changed in mid-run'],
  [
    'untrusted',
    { environment: { build: '', backend: 'wasm', adapter: '', selfTest: 'failed' } },
    'the numerics self-test failed where it was made',
  ],
] as const)('an %s run is refused, even as the first', (_name, change, reason) => {
  const run = { ...runs[0]!, ...change } as TraceRun;
  expect(addToPool([], [run])).toEqual({ pool: [], refused: [{ run, reason }] });
});
