import { describe, expect, test } from 'vitest';
import type { RunSummary } from '../../../src/store/database';
import { differences, groupRuns, range, seedsOf, tally } from '../../../src/view/runs/grouping';
import { syntheticHead, syntheticUid, type SyntheticOptions } from '../../support/synthetic-run';

async function run(options: Partial<SyntheticOptions>): Promise<RunSummary> {
  const head = await syntheticHead({ seed: 0, epochs: 5, ...options });
  return { ...head, epochCount: 5, resumable: false };
}

describe('grouping', () => {
  test('runs that differ in the seed only are one regime, the youngest regime first', async () => {
    const runs = await Promise.all([
      run({ seed: 3, createdAt: '2026-01-01T00:00:00.000Z' }),
      run({ seed: 1, createdAt: '2026-01-02T00:00:00.000Z' }),
      run({ settings: { swap: true, epochs: 5 }, createdAt: '2026-01-01T12:00:00.000Z' }),
    ]);
    const groups = groupRuns(runs);
    expect(groups.map(({ name, heads }) => [name, seedsOf(heads)])).toEqual([
      ['baseline', [1, 3]],
      ['swapped rates', [0]],
    ]);
    expect(groups[0]?.createdAt).toBe('2026-01-02T00:00:00.000Z');
  });

  test('a run that was changed in mid-run is a regime of its own', async () => {
    const toggles = [{ fromEpoch: 3, l2: 0.01 }];
    const groups = groupRuns([
      await run({}),
      await run({ seed: 1, toggles }),
      await run({ seed: 2, toggles }),
      await run({ seed: 3, toggles: [{ fromEpoch: 4, l2: 0.01 }] }),
    ]);
    expect(groups.map(({ heads }) => seedsOf(heads)).toSorted()).toEqual([[0], [1, 2], [3]]);
  });

  test('a seed trained twice is listed once', async () => {
    const groups = groupRuns([await run({ uid: syntheticUid(1) }), await run({})]);
    expect(groups).toHaveLength(1);
    expect(seedsOf(groups[0]!.heads)).toEqual([0]);
  });

  test('no runs are no groups', () => {
    expect(groupRuns([])).toEqual([]);
  });
});

test('differences names nested values of the effective configuration, and only those', async () => {
  const before = await run({ settings: { epochs: 5 } });
  const after = await run({ settings: { epochs: 5, warmup: 3, l2: 0.01 } });
  expect(differences(before.config, after.config)).toEqual([
    { key: 'warmup', before: '0', after: '3' },
    { key: 'alpha.l2', before: '0.001', after: '0.01' },
  ]);
  expect(differences(before.config, before.config)).toEqual([]);
});

test('states and lengths of a group in few words', () => {
  expect(tally(['finished', 'finished'])).toBe('finished');
  expect(tally(['finished', 'cut off', 'finished'])).toBe('2 finished, 1 cut off');
  expect(range([50, 50])).toBe('50');
  expect(range([50, 12])).toBe('12-50');
});
