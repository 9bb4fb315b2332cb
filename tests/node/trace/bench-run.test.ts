import { expect, it } from 'vitest';
import { judge } from '../../../src/paper/claim/judge';
import { claimById } from '../../../src/paper/claim/registry';
import { benchRunOf, trajectoryOf } from '../../../src/trace/bench-run';
import type { TraceRun } from '../../../src/trace/types';
import { syntheticRun } from '../../support/synthetic-run';

const settings = { epochs: 50 };

it('a run of an arm is known by its configuration', async () => {
  const run = await syntheticRun({ seed: 3, epochs: 50, settings });
  expect(benchRunOf(run)).toMatchObject({
    uid: run.uid,
    arm: 'baseline',
    seed: 3,
    scale: 'tiny',
    configDigest: run.configDigest,
    toggled: false,
    forked: false,
    finished: true,
    selfTestFailed: false,
    gap: run.epochs.at(-1)!.accTrain - run.epochs.at(-1)!.accValid,
  });
  const swapped = await syntheticRun({
    seed: 3,
    epochs: 50,
    settings: { ...settings, swap: true },
  });
  expect(benchRunOf(swapped)?.arm).toBe('swapped');
});

it('other epochs or regimes are of no arm, and so is a run before its first joint epoch', async () => {
  expect(benchRunOf(await syntheticRun({ seed: 0, epochs: 20 }))).toBeNull();
  const mixed = { ...settings, swap: true, warmup: 10 };
  expect(benchRunOf(await syntheticRun({ seed: 0, epochs: 60, settings: mixed }))).toBeNull();
  const warming = { ...settings, warmup: 10 };
  expect(benchRunOf(await syntheticRun({ seed: 0, epochs: 10, settings: warming }))).toBeNull();
});

it('frozen epochs are left out of the trajectory', async () => {
  const warming = { ...settings, warmup: 10 };
  const run = await syntheticRun({ seed: 0, epochs: 60, settings: warming });
  expect(trajectoryOf(run).alphas).toEqual(run.epochs.slice(10).map(({ alpha }) => alpha));
  expect(benchRunOf(run)).toMatchObject({ arm: 'warmup-10', finished: true });
});

it('a run that was cut off, toggled or of a failed self-test counts for nothing', async () => {
  const short = await syntheticRun({ seed: 0, epochs: 40, settings });
  const toggles = [{ fromEpoch: 20, l2: 0.01 }];
  const toggled = await syntheticRun({ seed: 1, epochs: 50, settings, toggles });
  const run = await syntheticRun({ seed: 2, epochs: 50, settings });
  const failed: TraceRun = { ...run, environment: { ...run.environment, selfTest: 'failed' } };
  const runs = [short, toggled, failed].map((trace) => benchRunOf(trace)!);
  const verdict = judge(claimById('baseline'), runs);
  expect(verdict).toMatchObject({ outcome: 'too few seeds', n: 0 });
  expect(verdict.excluded).toHaveLength(3);
});
