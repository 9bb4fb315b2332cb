import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupRuns } from '../../../src/paper/claim/runs';
import { benchRunOf } from '../../../src/trace/bench-run';
import { regimeKey, runDigest, sharedDigest } from '../../../src/trace/digest';
import { forkOf, forkRefusal } from '../../../src/trace/fork';
import { addToPool } from '../../../src/trace/pool';
import { readTrace } from '../../../src/trace/read';
import { effectiveChange, liveAt, withChange } from '../../../src/trace/toggle';
import type { Fork, LiveChange, Toggle, TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { syntheticFork, syntheticRun } from '../../support/synthetic-run';

const settings = { scale: 'c4-n1-r8-i100', warmup: 2 };
const parent = await syntheticRun({ seed: 3, epochs: 8, settings });
const changed = await syntheticFork(parent, 4, { l2: 0.01 });

const refusal = (document: unknown) =>
  readTrace(JSON.stringify(document)).then(
    () => 'accepted',
    (error: unknown) => String(error),
  );
/** As somebody would write it who knows how digests are made. */
async function sealed(run: TraceRun, change: Partial<TraceRun>) {
  const next = { ...run, ...change };
  return {
    format: 'alphascope-trace',
    version: 2,
    runs: [{ ...next, digest: await runDigest(next) }],
  };
}

describe('a fork in a trace', () => {
  test('is read and written again, in version 2; without one a document stays of version 1', async () => {
    const text = writeTrace([parent, changed]);
    expect(text).toContain('"version":2}');
    const { runs } = await readTrace(text);
    expect(runs.find(({ fork }) => fork)).toEqual(changed);
    expect(writeTrace(runs)).toBe(text);
    expect(writeTrace([parent])).toContain('"version":1}');
  });

  test('is no key of version 1', async () => {
    const document = { ...(await sealed(changed, {})), version: 1 };
    expect(await refusal(document)).toContain('$.runs[0].fork is not a key of this format');
  });

  test('has its parent’s first epochs, or is refused', async () => {
    const epochs = changed.epochs.map((record) =>
      record.epoch === 2 ? { ...record, lossTrain: 0.5 } : record,
    );
    expect(await refusal(await sealed(changed, { epochs }))).toContain(
      '$.runs[0].fork.digest does not match the first 4 epochs',
    );
    // What comes after them is its own.
    const own = changed.epochs.map((record) =>
      record.epoch === 6 ? { ...record, lossTrain: 0.5 } : record,
    );
    expect(await refusal(await sealed(changed, { epochs: own }))).toBe('accepted');
  });

  test.each([
    [{ parent: changed.uid }, '$.runs[0].fork.parent is the run itself'],
    [{ epoch: 8 }, '$.runs[0].fork.epoch leaves nothing to train: the last epoch is 8'],
    [{ change: { swap: true } }, '$.runs[0].fork.change.swap is not what the toggles change'],
    [{ change: { l2: 0.02 } }, '$.runs[0].fork.change.l2 is not what the toggles change'],
    [{ change: { warmup: 3 } }, '$.runs[0].fork.change.warmup is not a key'],
    [{ epoch: -1 }, '$.runs[0].fork.epoch must be at least 0'],
    [{ digest: 'x' }, '$.runs[0].fork.digest is no SHA-256'],
  ])('%o is refused', async (part, reason) => {
    const fork = { ...changed.fork!, ...part } as Fork;
    expect(await refusal(await sealed(changed, { fork }))).toContain(reason);
  });

  test('that has not come as far as it branched off is refused', async () => {
    const short = await sealed(changed, { epochs: changed.epochs.slice(0, 3) });
    expect(await refusal(short)).toContain('$.runs[0].fork.epoch is 4, but the run has 3 epochs');
  });
});

describe('a fork', () => {
  test('without a change has the digest of its parent', async () => {
    const control = await syntheticFork(parent, 4, {});
    expect(control.digest).toBe(parent.digest);
    expect(control.fork!.digest).toBe(await sharedDigest(parent, 4));
    // What is in force already is no change.
    expect(
      (await forkOf(parent, 4, { swap: false, frozen: false, l2: 0.001 })).fork.change,
    ).toEqual({});
  });

  test('is no seed of its regime: in no pool, under no claim', async () => {
    const control = await syntheticFork(parent, 4, {}, { state: 'finished' });
    const keys = [parent, control, changed].map(regimeKey);
    expect(new Set(keys).size).toBe(3);
    expect(addToPool([], [control]).refused[0]!.reason).toBe(
      `a fork of run ${parent.uid.slice(0, 8)} at epoch 4`,
    );
    const whole = await syntheticRun({ seed: 3, epochs: 50, settings: { scale: 'bench' } });
    const branch = await syntheticFork(whole, 4, {});
    const { excluded, seeds } = groupRuns(['baseline'], [benchRunOf(branch)!]);
    expect(seeds).toEqual([]);
    expect(excluded[0]!.reason).toBe('it is a fork of another run');
  });

  test('of a method without L2 changes no L2', async () => {
    const gaea = await syntheticRun({
      seed: 1,
      epochs: 4,
      settings: { scale: 'c4-n1-r8-i100', method: 'gaea-bilevel' },
    });
    const { fork } = await forkOf(gaea, 2, { l2: 0.5, swap: true });
    expect(fork.change).toEqual({ swap: true });
  });

  test('needs an epoch to come after', () => {
    expect(forkRefusal(parent, 8, 7)).toBeNull();
    expect(forkRefusal(parent, 8, 0)).toBeNull();
    expect(forkRefusal(parent, 8, 8)).toBe('ends with epoch 8: nothing follows that could differ');
    // Stopped early by its rule.
    expect(forkRefusal(parent, 5, 5)).toContain('ends with epoch 5');
    const stopped = { ...parent, state: 'stopped' } as const;
    expect(forkRefusal(stopped, 5, 5)).toBeNull();
    expect(forkRefusal(stopped, 5, 6)).toBe('has only 5 of the 6 epochs so far');
  });
});

describe('a change from an epoch on', () => {
  const change: fc.Arbitrary<LiveChange> = fc.record(
    { swap: fc.boolean(), l2: fc.constantFrom(0, 0.001, 0.01), frozen: fc.boolean() },
    { requiredKeys: [] },
  );
  const toggles: fc.Arbitrary<readonly Toggle[]> = fc
    .uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 4 })
    .chain((epochs) =>
      fc.tuple(
        ...epochs
          .sort((a, b) => a - b)
          .map((fromEpoch) => change.map((parts) => ({ swap: true, ...parts, fromEpoch }))),
      ),
    );

  test('leaves what was in force before it, and holds until a later toggle sets the same part', () => {
    fc.assert(
      fc.property(toggles, fc.integer({ min: 1, max: 8 }), change, (before, from, wanted) => {
        const { effective } = parent.config;
        const left = effectiveChange(liveAt(effective, before, from), wanted);
        const after = withChange(before, from, left);
        expect(after.map(({ fromEpoch }) => fromEpoch)).toEqual(
          [...new Set(after.map(({ fromEpoch }) => fromEpoch))].sort((a, b) => a - b),
        );
        for (let epoch = 1; epoch < from; epoch++) {
          expect(liveAt(effective, after, epoch)).toEqual(liveAt(effective, before, epoch));
        }
        expect(liveAt(effective, after, from)).toEqual({
          ...liveAt(effective, before, from),
          ...wanted,
        });
        if (Object.keys(left).length === 0) expect(after).toBe(before);
      }),
    );
  });
});
