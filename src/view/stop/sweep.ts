import { groupRuns, type BenchRun } from '../../paper/claim/runs';
import { MissingAccuracy, type AccuracyTable } from '../../paper/accuracy-table';
import { bestAccuracy, curvesOf } from '../../paper/curves';
import { armByKey, armWith, type ArmKey } from '../../paper/experiment/arm';
import { experimentByKey } from '../../paper/experiment/experiments';
import { PRINTED_TABLE_3, printedResilience, type PrintedAccuracy } from '../../paper/printed';
import { summarise, type Summary } from '../../paper/statistics';
import { eigenvalueStop } from '../../paper/stop/eigenvalue';
import { TABLE_3_RULES } from '../../paper/stop/registry';
import type { StopRule } from '../../paper/stop/stop';
import type { DataSet } from '../../paper/table/table';
import { pool, type Pooled } from './outcome';

/** A method at one weight rate: the paper's accuracy and our stops. */
export interface SweepCell {
  readonly printed: PrintedAccuracy | null;
  /** Null where no run of this rate is at hand, or the method is none of our rules. */
  readonly ours: Pooled | null;
  /** Test accuracy of our cells, percent; null without a table or where it lacks one of them. */
  readonly test: Summary | null;
}

export interface SweepRow {
  readonly method: string;
  /** Why we have no numbers, whatever is run; null when we can have some. */
  readonly missing: string | null;
  readonly cells: readonly SweepCell[];
}

/** The runs of an arm of the sweep. */
export interface SweepArm {
  readonly arm: ArmKey;
  /** In the paper's terms. */
  readonly rate: number;
  readonly runs: readonly BenchRun[];
  /** Those at the same rate in which the Hessian was measured: for DARTS-ES. */
  readonly measured: readonly BenchRun[];
  /** Why its runs cannot be pooled; null when they can. */
  readonly conflict: string | null;
}

/** Not a rule that could be followed: the best cell that a search visited. */
const OPTIMAL = 'optimal';
/** Read from runs of its own, in which the Hessian was measured. */
const DARTS_ES = 'DARTS-ES';

/** The weight rates of table 3, ascending, with their runs at one scale. */
export function sweepArms(runs: readonly BenchRun[], scale: string): SweepArm[] {
  const own = runs.filter((run) => run.scale === scale);
  return experimentByKey('sweep').arms.map((arm) => {
    const { runs: poolable, conflict } = runsOf(arm, own);
    const measured = runsOf(measuredArm(arm), own);
    return {
      arm,
      rate: armByKey(arm).values.weightRate,
      runs: poolable,
      measured: measured.runs,
      conflict: conflict ?? measured.conflict,
    };
  });
}

function runsOf(arm: ArmKey, own: readonly BenchRun[]) {
  const { arms, seeds, conflict } = groupRuns([arm], own);
  const bySeed = arms.get(arm)!;
  return { runs: conflict === null ? seeds.map((seed) => bySeed.get(seed)!) : [], conflict };
}

/** The arm that trains the same with the Hessian measured. */
function measuredArm(arm: ArmKey): ArmKey {
  const values = { ...armByKey(arm).values, hessian: true };
  return armWith(values)!.key;
}

/**
 * Table 3: test accuracy over the weight rates.
 *
 * @param test accuracies of our cells on the data set; null without any.
 */
export function table3(
  arms: readonly SweepArm[],
  dataSet: DataSet,
  test: AccuracyTable | null,
): SweepRow[] {
  const column = ({ cifar10, cifar100, imagenet16 }: (typeof PRINTED_TABLE_3)[number]) =>
    ({ 'CIFAR-10': cifar10, 'CIFAR-100': cifar100, 'ImageNet16-120': imagenet16 })[dataSet];
  return PRINTED_TABLE_3.map((row) => {
    const { method } = row;
    return {
      method,
      missing: missingOf(method, test),
      cells: arms.map((arm, at) => {
        const ours = stopsOf(method, arm);
        return {
          printed: column(row)[at] ?? null,
          ours,
          test: accuracyOf(method, arm, ours, test),
        };
      }),
    };
  });
}

/** Why a method has no numbers of ours, whatever is run; null when it can have some. */
function missingOf(method: string, test: AccuracyTable | null): string | null {
  if (ruleOf(method) !== null) return null;
  if (method !== OPTIMAL) return 'another search method';
  return test === null ? 'the best epoch visited; needs accuracies' : null;
}

function ruleOf(method: string): StopRule | null {
  if (method === DARTS_ES) return eigenvalueStop();
  return TABLE_3_RULES.find(({ key }) => printedResilience(key)?.method === method) ?? null;
}

function stopsOf(method: string, arm: SweepArm): Pooled | null {
  const rule = ruleOf(method);
  const runs = method === DARTS_ES ? arm.measured : arm.runs;
  if (rule === null || runs.length === 0) return null;
  const seeds = runs.map((run) => ({
    seed: run.seed,
    trajectory: run,
    curves: curvesOf(run, null),
  }));
  return pool(rule, seeds, null);
}

/** Of the cells at the stop, or of the best on the way; null where the table lacks one. */
function accuracyOf(
  method: string,
  { runs }: SweepArm,
  ours: Pooled | null,
  table: AccuracyTable | null,
): Summary | null {
  if (table === null) return null;
  try {
    if (method === OPTIMAL && runs.length > 0) {
      return summarise(runs.map((run) => bestAccuracy(curvesOf(run, table))));
    }
  } catch (error) {
    if (error instanceof MissingAccuracy) return null;
    throw error;
  }
  const values = (ours?.seeds ?? []).map(({ arch }) => table.accuracy(arch));
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 && known.length === values.length ? summarise(known) : null;
}
