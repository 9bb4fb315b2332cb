import { mean } from './statistics';
import { operationRows } from './space/space';
import { alphaOfStage, STAGE_NUMBERS } from './space/stages';
import type { Trajectory } from './trajectory';
import { MissingAccuracy, type AccuracyTable } from './accuracy-table';

/**
 * What a predicate may look at, of one run or as the mean over seeds. Epochs are 1..T in the
 * functions below, lists start at epoch 1.
 */
export interface Curves {
  readonly ops: readonly string[];
  /** T. */
  readonly epochs: number;
  /** m(t, o), Eq. 11: per operation one list over epochs. */
  readonly magnitude: readonly ArrayLike<number>[];
  /**
   * Choices (edges or blocks) that hold the operation in the derived cell, which is alpha's argmax
   * unless the run says otherwise; whole numbers but in a mean.
   */
  readonly held: readonly ArrayLike<number>[];
  /** q(t), percent; NaN where the table has a gap; null without a table. */
  readonly accuracy: ArrayLike<number> | null;
  /** The Hessian's largest eigenvalue, null in epochs that have none; absent where none was measured. */
  readonly eigenvalues?: readonly (number | null)[];
  /** Of each stage by itself, the first first; absent where one alpha serves all. */
  readonly stages?: readonly Curves[];
}

/**
 * @param table null to leave accuracies out.
 * @throws RangeError when there is no epoch.
 */
export function curvesOf(run: Trajectory, table: AccuracyTable | null): Curves {
  const { space, ops, alphas, cells, eigenvalues } = run;
  const epochs = alphas.length;
  if (epochs === 0) throw new RangeError('A trajectory without epochs shows nothing.');
  const magnitude = ops.map(() => new Float64Array(epochs));
  const held = ops.map(() => new Float64Array(epochs));
  const scratch = new Float64Array(ops.length);
  for (let at = 0; at < epochs; at++) {
    for (const row of operationRows(space, alphas[at]!)) addRow(row, at, magnitude, held, scratch);
    for (const curve of magnitude) curve[at]! /= space.choices;
  }
  if (cells !== undefined) {
    const names = cells.map((cell) => space.held(cell));
    ops.forEach((operation, column) => {
      const counts = names.map((cell) => cell.filter((name) => name === operation).length);
      held[column]!.set(counts);
    });
  }
  const archOf = (at: number) => cells?.[at] ?? space.derive(alphas[at]!, ops);
  const accuracy =
    table === null ? null : Float64Array.from(alphas, (_, at) => table.accuracy(archOf(at)) ?? NaN);
  const stages = curvesOfStages(run);
  return {
    ops,
    epochs,
    magnitude,
    held,
    accuracy,
    ...(eigenvalues && { eigenvalues }),
    ...(stages && { stages }),
  };
}

/**
 * One stage by itself.
 *
 * @param stage from 0
 * @throws RangeError where one alpha serves all stages.
 */
export function curvesOfStage({ stages }: Curves, stage: number): Curves {
  const own = stages?.[stage];
  if (own === undefined) throw new RangeError('The search has one alpha for all stages.');
  return own;
}

/** Null where one alpha serves all stages. A stage's cell by itself has no accuracy. */
function curvesOfStages({ space, ops, alphas }: Trajectory): Curves[] | null {
  const own = space.stage;
  if (own === undefined) return null;
  return STAGE_NUMBERS.map((stage) => {
    const rows = alphas.map((alpha) => alphaOfStage(space, alpha, stage));
    return curvesOf({ space: own, ops, alphas: rows }, null);
  });
}

/** Adds a row's softmax and its argmax to an epoch; the rates by chance ask for millions of rows. */
function addRow(
  row: readonly number[],
  at: number,
  magnitude: readonly Float64Array[],
  held: readonly Float64Array[],
  scratch: Float64Array,
): void {
  const top = largest(row);
  const shift = row[top]!;
  let sum = 0;
  for (let column = 0; column < row.length; column++) {
    const exponential = Math.exp(row[column]! - shift);
    scratch[column] = exponential;
    sum += exponential;
  }
  for (let column = 0; column < row.length; column++) {
    magnitude[column]![at]! += scratch[column]! / sum;
  }
  held[top]![at]!++;
}

/**
 * The mean over seeds, epoch by epoch: what the paper's figures draw.
 *
 * @throws RangeError when the curves differ in length or operations.
 */
export function meanCurves(all: readonly Curves[]): Curves {
  const [first] = all;
  if (
    first === undefined ||
    all.some(({ epochs, ops }) => epochs !== first.epochs || ops.join() !== first.ops.join())
  ) {
    throw new RangeError('A mean needs curves of one length and of the same operations.');
  }
  const over = (list: readonly ArrayLike<number>[]) =>
    Float64Array.from({ length: first.epochs }, (_, at) => mean(list.map((one) => one[at]!)));
  const accuracies = all.map(({ accuracy }) => accuracy).filter((curve) => curve !== null);
  const measured = all.map((one) => one.eigenvalues).filter((curve) => curve !== undefined);
  const staged = all.map((one) => one.stages).filter((stages) => stages !== undefined);
  return {
    ops: first.ops,
    epochs: first.epochs,
    magnitude: first.ops.map((_, column) => over(all.map((one) => one.magnitude[column]!))),
    held: first.ops.map((_, column) => over(all.map((one) => one.held[column]!))),
    accuracy: accuracies.length === all.length ? over(accuracies) : null,
    ...(measured.length === all.length && { eigenvalues: meanEigenvalues(measured, first.epochs) }),
    ...(staged.length === all.length && {
      stages: STAGE_NUMBERS.map((stage) => meanCurves(staged.map((stages) => stages[stage]!))),
    }),
  };
}

/** Null where a seed has none: they are measured in the same epochs. */
function meanEigenvalues(
  measured: readonly (readonly (number | null)[])[],
  epochs: number,
): (number | null)[] {
  return Array.from({ length: epochs }, (_, at) => {
    const values = measured.map((curve) => curve[at] ?? null).filter((value) => value !== null);
    return values.length === measured.length ? mean(values) : null;
  });
}

/** m(t, o); 0 for an operation that was not searched. */
export function magnitudeAt(curves: Curves, operation: string, epoch: number): number {
  return curves.magnitude[curves.ops.indexOf(operation)]?.[epoch - 1] ?? 0;
}

/** Choices that an operation holds; with skip-connect this is s(t). */
export function heldAt(curves: Curves, operation: string, epoch: number): number {
  return curves.held[curves.ops.indexOf(operation)]?.[epoch - 1] ?? 0;
}

/** o*(t): the operation with the largest magnitude, the first of equals. */
export function leaderAt({ ops, magnitude }: Curves, epoch: number): string {
  return ops[largest(magnitude.map((curve) => curve[epoch - 1]!))]!;
}

/** The epochs in which an operation leads without a break. */
export interface Lead {
  /** o*(t). */
  readonly leader: string;
  /** First epoch; another operation led before it, unless it is 1. */
  readonly from: number;
}

/** The leads up to an epoch, in order: o*(1), ..., o*(t) with consecutive repeats removed. */
export function leadsUntil(curves: Curves, epoch: number): Lead[] {
  const leads: Lead[] = [];
  for (let at = 1; at <= epoch; at++) {
    const leader = leaderAt(curves, at);
    if (leads.at(-1)?.leader !== leader) leads.push({ leader, from: at });
  }
  return leads;
}

/** The operations that lead, one after the other, over all epochs. */
export function phases(curves: Curves): string[] {
  return leadsUntil(curves, curves.epochs).map(({ leader }) => leader);
}

/** t(o): the first epoch with the operation's largest magnitude. */
export function peakEpoch(curves: Curves, operation: string): number {
  const curve = curves.magnitude[curves.ops.indexOf(operation)];
  return curve === undefined ? 1 : 1 + largest(curve);
}

/** Tc: the first epoch from which an operation holds `level` choices to the end; T + 1 if none. */
export function collapseEpoch(curves: Curves, operation: string, level: number): number {
  let epoch = curves.epochs + 1;
  while (epoch > 1 && heldAt(curves, operation, epoch - 1) >= level) epoch--;
  return epoch;
}

/** Mean of what an operation holds over the first epochs, or over all if they are fewer. */
export function meanHeld(curves: Curves, operation: string, epochs: number): number {
  const count = Math.min(epochs, curves.epochs);
  return mean(Array.from({ length: count }, (_, at) => heldAt(curves, operation, at + 1)));
}

/**
 * q(t), percent.
 *
 * @throws MissingAccuracy when the table has no such cell, or there is no table.
 */
export function accuracyAt({ accuracy }: Curves, epoch: number): number {
  const value = accuracy?.[epoch - 1] ?? NaN;
  if (Number.isNaN(value)) throw new MissingAccuracy();
  return value;
}

/**
 * The best q over all epochs.
 *
 * @throws MissingAccuracy when a cell that was visited is not in the table: it might be the best.
 */
export function bestAccuracy(curves: Curves): number {
  return accuracyAt(curves, bestEpoch(curves));
}

/** The first epoch with the best q. @throws MissingAccuracy as {@link bestAccuracy} does */
export function bestEpoch(curves: Curves): number {
  return 1 + largest(Array.from({ length: curves.epochs }, (_, at) => accuracyAt(curves, at + 1)));
}

/** Index of the largest entry, the first of equals. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
