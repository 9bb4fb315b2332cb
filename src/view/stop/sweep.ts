import { groupRuns, type BenchRun } from '../../paper/claim/runs';
import { curvesOf } from '../../paper/curves';
import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import { experimentByKey } from '../../paper/experiment/experiments';
import {
  PRINTED_TABLE_2,
  PRINTED_TABLE_3,
  printedResilience,
  type PrintedAccuracy,
} from '../../paper/printed';
import { TABLE_3_RULES } from '../../paper/stop/registry';
import type { StopRule } from '../../paper/stop/stop';
import { pool, type Pooled } from './outcome';

/** Data sets of the printed tables. */
export const DATA_SETS = ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] as const;
export type DataSet = (typeof DATA_SETS)[number];

/** A method at one weight rate: the paper's accuracy and our stops. */
export interface SweepCell {
  readonly printed: PrintedAccuracy | null;
  /** Null where no run of this rate is at hand, or the method is none of our rules. */
  readonly ours: Pooled | null;
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
  /** Why its runs cannot be pooled; null when they can. */
  readonly conflict: string | null;
}

const WITHOUT: Readonly<Record<string, string>> = {
  'DARTS-ES': 'needs eigenvalues of the Hessian, which runs do not keep',
  optimal: 'the best epoch visited; needs accuracies',
};
const OTHER_METHOD = 'another search method';

/** The weight rates of table 3, ascending, with their runs at one scale. */
export function sweepArms(runs: readonly BenchRun[], scale: string): SweepArm[] {
  const own = runs.filter((run) => run.scale === scale);
  return experimentByKey('sweep').arms.map((arm) => {
    const { arms, seeds, conflict } = groupRuns([arm], own);
    const bySeed = arms.get(arm)!;
    return {
      arm,
      rate: armByKey(arm).values.weightRate,
      runs: conflict === null ? seeds.map((seed) => bySeed.get(seed)!) : [],
      conflict,
    };
  });
}

/** Scales of which there are runs of the sweep. */
export function sweepScales(runs: readonly BenchRun[]): string[] {
  const arms: readonly string[] = experimentByKey('sweep').arms;
  return [...new Set(runs.filter(({ arm }) => arms.includes(arm)).map(({ scale }) => scale))];
}

/** Table 3: test accuracy over the weight rates. */
export function table3(arms: readonly SweepArm[], dataSet: DataSet): SweepRow[] {
  const column = ({ cifar10, cifar100, imagenet16 }: (typeof PRINTED_TABLE_3)[number]) =>
    ({ 'CIFAR-10': cifar10, 'CIFAR-100': cifar100, 'ImageNet16-120': imagenet16 })[dataSet];
  return PRINTED_TABLE_3.map((row) => {
    const rule = ruleOf(row.method);
    return {
      method: row.method,
      missing: rule === null ? (WITHOUT[row.method] ?? OTHER_METHOD) : null,
      cells: arms.map((arm, at) => ({
        printed: column(row)[at] ?? null,
        ours: rule === null ? null : stopsOf(rule, arm),
      })),
    };
  });
}

/** A row of table 2: validation and test accuracy of a data set, and our stops at the first rate. */
export interface Table2Row extends Omit<SweepRow, 'cells'> {
  readonly protocol: string;
  readonly validation: PrintedAccuracy | null;
  readonly test: PrintedAccuracy | null;
  readonly ours: Pooled | null;
}

/** Table 2, whose rows of DARTS-V1 are the first weight rate of table 3. */
export function table2(arms: readonly SweepArm[], dataSet: DataSet): Table2Row[] {
  const first = 2 * DATA_SETS.indexOf(dataSet);
  return PRINTED_TABLE_2.map(({ method, protocol, accuracies }) => {
    const rule = ruleOf(method);
    return {
      method,
      protocol: protocol ?? '',
      missing: rule === null ? (WITHOUT[method] ?? OTHER_METHOD) : null,
      validation: accuracies[first] ?? null,
      test: accuracies[first + 1] ?? null,
      ours: rule === null ? null : stopsOf(rule, arms[0]!),
    };
  });
}

function ruleOf(method: string): StopRule | null {
  return TABLE_3_RULES.find(({ key }) => printedResilience(key)?.method === method) ?? null;
}

function stopsOf(rule: StopRule, { runs }: SweepArm): Pooled | null {
  if (runs.length === 0) return null;
  return pool(
    rule,
    runs.map((run) => ({ seed: run.seed, trajectory: run, curves: curvesOf(run, null) })),
  );
}
