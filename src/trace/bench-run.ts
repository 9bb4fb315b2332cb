import type { Alpha } from '../paper/cell';
import type { BenchRun } from '../paper/claim/runs';
import { armOf } from '../paper/experiment/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { spaceOf } from '../paper/space/registry';
import type { Trajectory } from '../paper/trajectory';
import type { EpochRecord, TraceRun } from './types';

/** A run's joint epochs, for stop rules and claims. */
export function trajectoryOf(run: Pick<TraceRun, 'config' | 'epochs'>): Trajectory {
  const { effective } = run.config;
  const joint = run.epochs.filter(({ phase }) => phase === 'joint');
  const tries = METHOD_FACTS[effective.method].candidates > 0;
  return {
    space: spaceOf(effective),
    ops: effective.ops,
    alphas: jointAlphas(run.epochs),
    ...(tries && { cells: joint.map(({ arch }) => arch) }),
    ...(effective.hessian && { eigenvalues: joint.map(({ eigenvalue = null }) => eigenvalue) }),
  };
}

/** What a rule that ends a search sees of an epoch. */
export type JointEpoch = Pick<EpochRecord, 'alpha' | 'eigenvalue'>;

/** The epochs in which alpha was trained. */
export function jointEpochs(records: readonly EpochRecord[]): JointEpoch[] {
  return records
    .filter(({ phase }) => phase === 'joint')
    .map(({ alpha, eigenvalue }) => ({ alpha, ...(eigenvalue !== undefined && { eigenvalue }) }));
}

/** Alpha at the end of each epoch in which it was trained. */
export function jointAlphas(records: readonly EpochRecord[]): Alpha[] {
  return records.filter(({ phase }) => phase === 'joint').map(({ alpha }) => alpha);
}

/**
 * A run as verdicts need it; null for one that is of no arm of an experiment, whatever its scale, or
 * that has no joint epoch yet.
 */
export function benchRunOf(run: TraceRun): BenchRun | null {
  const arm = armOf(run.config);
  const trajectory = trajectoryOf(run);
  const last = run.epochs.at(-1);
  if (arm === null || last === undefined || trajectory.alphas.length === 0) return null;
  const { warmup, epochs, scale } = run.config.effective;
  return {
    ...trajectory,
    uid: run.uid,
    arm: arm.key,
    seed: run.seed,
    configDigest: run.configDigest,
    scale: scale.name,
    data: run.data.digest,
    toggled: run.toggles.length > 0,
    forked: run.fork !== undefined,
    finished: run.epochs.length === warmup + epochs,
    selfTestFailed: run.environment.selfTest === 'failed',
    gap: last.accTrain - last.accValid,
  };
}
