import type { AccuracyTable } from '../../paper/accuracy-table';
import { groupRuns, type BenchRun } from '../../paper/claim/runs';
import { curvesOf } from '../../paper/curves';
import { armByKey, METHOD_ARM_KEYS, type ArmKey } from '../../paper/experiment/arm';
import { armCost } from '../../paper/experiment/bench';
import {
  PRINTED_TABLE_1,
  PRINTED_TABLE_2,
  type PrintedAccuracy,
  type PrintedRow,
} from '../../paper/printed';
import { skipCount, rankStability } from '../../paper/stop/darts-plus';
import { eigenvalueStop } from '../../paper/stop/eigenvalue';
import { handDrawn } from '../../paper/stop/line';
import { selectiveStop } from '../../paper/stop/selective-stop';
import type { StopRule } from '../../paper/stop/stop';
import { DATA_SETS, type DataSet } from '../../paper/table/table';
import { pool, type Pooled } from '../stop/outcome';

/** The runs that make a row of ours, and the epoch whose cell counts. */
interface Source {
  readonly arm: ArmKey;
  readonly rule: StopRule;
  /** Share of a run's epochs that are trained; null where a rule reads a run that is trained anyway. */
  readonly share: number | null;
}

/** A row of table 1 or 2, the paper's numbers beside ours. */
export interface ResultRow {
  readonly method: string;
  readonly protocol: string;
  /** Test accuracy, percent. */
  readonly printed: PrintedAccuracy | null;
  /** Search time over that of DARTS-V1 in the same table. */
  readonly printedTime: number | null;
  /** Null where the row has none of ours. */
  readonly arm: ArmKey | null;
  /** Null without runs. */
  readonly ours: Pooled | null;
  /** Time of a run over that of DARTS-V1; null where it was not measured, or is not the row's own. */
  readonly time: number | null;
  /** Why there is nothing of ours, or why its runs cannot be pooled. */
  readonly note: string;
}

/** Rows of table 1 by arms that are no methods of their own. */
const TABLE_1_ARMS: Readonly<Record<string, ArmKey>> = {
  'DARTS-V1': 'baseline',
  'EX-DARTS': 'swapped',
};
/** Table 2 has DARTS-V1 at another weight rate, by which its stop rules are tried. */
const TABLE_2_DARTS: ArmKey = 'sweep-.003';
/** The same with the Hessian measured, which its own row reads. */
const TABLE_2_HESSIAN: ArmKey = 'hessian-.003';
const CONV_3X3 = 'nor_conv_3x3';

/** Why a row of the paper has nothing of ours. */
const MISSING: Readonly<Record<string, string>> = {
  REA: 'searches a table: below',
  RS: 'searches a table: below',
  REINFORCE: 'searches a table: below',
  BOHB: 'searches a table: below',
  ResNet: 'a network, not a search',
  optimal: 'the best of the benchmark',
};
const NOT_HERE = 'not among the methods here';
const OTHER_PAPER = 'numbers of another paper';

/** Table 1: one method a row. */
export function table1(
  runs: readonly BenchRun[],
  dataSet: DataSet,
  table: AccuracyTable | null,
): ResultRow[] {
  const unit = PRINTED_TABLE_1.find(({ method }) => method === 'DARTS-V1')!.seconds!;
  return PRINTED_TABLE_1.map((row) => {
    const arm = TABLE_1_ARMS[row.method] ?? methodArm(row.method);
    return rowOf(row, arm === null ? null : lastEpoch(arm), { runs, dataSet, table, unit });
  });
}

/** Table 2: stop rules and swapped rates on DARTS-V1, GAEA and DrNAS. */
export function table2(
  runs: readonly BenchRun[],
  dataSet: DataSet,
  table: AccuracyTable | null,
): ResultRow[] {
  // Selective stop trains DARTS-V1 to the end and reads the epoch afterwards.
  const unit = PRINTED_TABLE_2.find(({ method }) => method === 'SS-DARTS')!.seconds!;
  return PRINTED_TABLE_2.map((row) =>
    rowOf(row, table2Source(row), { runs, dataSet, table, unit }),
  );
}

function table2Source({ method, protocol }: PrintedRow): Source | null {
  if (protocol?.includes('own paper') === true) return null;
  if (method === 'DARTS-ES') {
    return { arm: TABLE_2_HESSIAN, rule: eigenvalueStop(), share: null };
  }
  const [, ss, name, rule] = /^(SS-)?(.+?)(?: \((\w+)\))?$/.exec(method)!;
  const arm = name === 'DARTS' || name === 'DARTS+' ? TABLE_2_DARTS : methodArm(name!);
  if (arm === null) return null;
  // For ERM the paper watches the smaller convolution.
  if (ss) {
    const watched = name === 'GAEA-ERM' ? 'nor_conv_1x1' : CONV_3X3;
    return { arm, rule: selectiveStop(13, watched), share: null };
  }
  if (rule === 'sc_2') return { arm, rule: skipCount(2), share: null };
  if (rule === 'rt_10') return { arm, rule: rankStability(10), share: null };
  // GAEA's own schedule spans 50 epochs whether 25 or 50 are trained.
  const early = /\b25 epochs/.test(protocol ?? '');
  return early
    ? { arm, rule: handDrawn(25), share: 25 / armByKey(arm).values.epochs }
    : lastEpoch(arm);
}

/** A method of the registry, or one with swapped rates, by the name that the tables print. */
function methodArm(method: string): ArmKey | null {
  return METHOD_ARM_KEYS.find((key) => key === method.toLowerCase()) ?? null;
}

function lastEpoch(arm: ArmKey): Source {
  return { arm, rule: handDrawn(armByKey(arm).values.epochs), share: 1 };
}

interface Grounds {
  readonly runs: readonly BenchRun[];
  readonly dataSet: DataSet;
  readonly table: AccuracyTable | null;
  /** Seconds that the table prints for DARTS-V1. */
  readonly unit: number;
}

function rowOf(row: PrintedRow, source: Source | null, grounds: Grounds): ResultRow {
  const { method, protocol, seconds, accuracies } = row;
  const { runs, dataSet, table, unit } = grounds;
  const told = {
    method,
    protocol: protocol ?? '',
    printed: accuracies[2 * DATA_SETS.indexOf(dataSet) + 1] ?? null,
    printedTime: seconds === null ? null : seconds / unit,
  };
  if (source === null) {
    const other = protocol?.includes('own paper') === true;
    const note = other ? OTHER_PAPER : (MISSING[method] ?? NOT_HERE);
    return { ...told, arm: null, ours: null, time: null, note };
  }
  const { arm, rule, share } = source;
  const { arms, seeds, conflict } = groupRuns([arm], runs);
  const own = conflict === null ? seeds.map((seed) => arms.get(arm)!.get(seed)!) : [];
  const searches = own.map((run) => ({
    seed: run.seed,
    trajectory: run,
    curves: curvesOf(run, null),
  }));
  return {
    ...told,
    arm,
    ours: searches.length === 0 ? null : pool(rule, searches, table),
    time: share === null ? null : share * armCost(arm),
    note: conflict ?? '',
  };
}
