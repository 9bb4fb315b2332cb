import { groupRuns, type BenchRun } from '../../paper/claim/runs';
import { curvesOf, curvesOfStage, meanCurves, type Curves } from '../../paper/curves';
import { armByKey, armWith, type ArmKey } from '../../paper/experiment/arm';
import type { Lookup } from '../../paper/table/lookup';
import { spaceByKey } from '../../paper/space/registry';
import type { SpaceKey } from '../../paper/space/space';
import { STAGE_NUMBERS } from '../../paper/space/stages';
import { bandOverSeeds } from '../../paper/statistics';
import { linked } from '../chart/linked';
import type { PlotCurve } from '../chart/plot';
import type { Curve } from '../chart/series';
import type { FigureSpec } from './figures';
import { ARM_LOOKS, lookOf } from './looks';

/** A line of a figure with the seeds behind it. */
export interface FigureCurve extends PlotCurve {
  /** Of `bundle.seeds`, in their order. */
  readonly seeds: readonly number[];
}

/** An arm's runs that may be pooled, and their mean. */
export interface FigureGroup {
  readonly arm: ArmKey;
  readonly seeds: readonly number[];
  readonly uids: readonly string[];
  readonly runs: readonly Curves[];
  readonly mean: Curves;
}

/** A panel filled from runs. Lists over epochs begin before the first joint one, with nothing. */
export interface FigureModel {
  readonly spec: FigureSpec;
  readonly groups: readonly FigureGroup[];
  readonly curves: readonly FigureCurve[];
  /** Where the curves' accuracies come from; null for magnitudes and counts. */
  readonly lookup: Lookup | null;
  /** Name of the runs' scale. */
  readonly scale: string;
  /** Joint epochs on the axis. */
  readonly total: number;
}

/**
 * Draws what may be judged and nothing else: finished runs without a change in mid-run, one a seed.
 *
 * @param runs of one scale; those of other arms are passed over.
 * @param table accuracies in use, null without any; of another space it is passed over.
 * @returns null when no arm has a run; a sentence when runs of an arm cannot be pooled.
 */
export function figureOf(
  spec: FigureSpec,
  runs: readonly BenchRun[],
  table: Lookup | null = null,
): FigureModel | string | null {
  const { draws } = spec;
  const space = spaceOfFigure(spec);
  const lookup = typeof draws === 'object' && table?.space === space ? table : null;
  const groups: FigureGroup[] = [];
  let scale = '';
  for (const arm of spec.arms) {
    const { arms, seeds, conflict } = groupRuns([arm], runs);
    if (conflict !== null) return conflict;
    if (seeds.length === 0) continue;
    const pooled = seeds.map((seed) => arms.get(arm)!.get(seed)!);
    const curves = pooled.map((run) => {
      const whole = curvesOf(run, lookup);
      return spec.stage === undefined ? whole : curvesOfStage(whole, spec.stage);
    });
    ({ scale } = pooled[0]!);
    const uids = pooled.map(({ uid }) => uid);
    groups.push({ arm, seeds, uids, runs: curves, mean: meanCurves(curves) });
  }
  if (groups.length === 0) return null;
  return {
    spec,
    groups,
    curves: linesOf(spec, groups),
    lookup,
    scale,
    total: Math.max(...groups.map(({ mean }) => mean.epochs)),
  };
}

function linesOf({ draws, arms }: FigureSpec, groups: readonly FigureGroup[]): FigureCurve[] {
  if (draws === 'magnitude') return groups.flatMap(magnitudeCurves);
  if (typeof draws === 'object' && 'heldByStage' in draws) {
    return groups.flatMap((group) => stageCurves(group, draws.heldByStage));
  }
  return groups.map((group) =>
    inkCurve(group, group.arm, labelOf(group.arm), lineOf(draws), arms.indexOf(group.arm)),
  );
}

/** A line for each stage of an arm whose stages have alphas of their own. */
function stageCurves(group: FigureGroup, operation: string): FigureCurve[] {
  return STAGE_NUMBERS.map((stage) => {
    const name = `stage ${stage + 1}`;
    const held = (run: Curves) => {
      const own = curvesOfStage(run, stage);
      return own.held[own.ops.indexOf(operation)]!;
    };
    return inkCurve(group, name, name, held, stage);
  });
}

/** What a run gives to its arm's line. */
function lineOf(
  draws: 'eigenvalue' | { readonly held: string },
): (run: Curves) => ArrayLike<number | null> {
  if (draws === 'eigenvalue') return ({ eigenvalues = [] }) => linked(eigenvalues);
  return ({ accuracy, held, ops }) => accuracy ?? held[ops.indexOf(draws.held)]!;
}

/** The search space of a panel's arms. */
export function spaceOfFigure({ arms }: FigureSpec): SpaceKey {
  return armByKey(arms[0]!).values.space;
}

/** Choices on the vertical axis of a count: edges of the cell, or choice blocks. */
export function choicesOf(spec: FigureSpec): { count: number; noun: string } {
  const space = spaceByKey(spaceOfFigure(spec));
  const { choices, choice } = space.stage ?? space;
  return { count: choices, noun: `${choice}s` };
}

function magnitudeCurves({ arm, seeds, runs, mean }: FigureGroup): FigureCurve[] {
  const { operations } = spaceByKey(armByKey(arm).values.space);
  return mean.ops.map((operation, column) => {
    const { short } = operations.find(({ name }) => name === operation)!;
    const perSeed = runs.map((run) => fromUnfreezing(run.magnitude[column]!));
    return {
      key: operation,
      name: short,
      label: short,
      bundle: { seeds: perSeed, bands: bandOverSeeds(perSeed) },
      ...lookOf(operation),
      second: false,
      seeds,
    };
  });
}

/** @param at its place among the lines, by which it is dashed */
function inkCurve(
  { seeds, runs }: FigureGroup,
  key: string,
  label: string,
  values: (run: Curves) => ArrayLike<number | null>,
  at: number,
): FigureCurve {
  const perSeed = runs.map((run) => fromUnfreezing(values(run)));
  return {
    key,
    name: label,
    label,
    bundle: { seeds: perSeed, bands: bandOverSeeds(perSeed) },
    ...ARM_LOOKS[at]!,
    second: false,
    seeds,
  };
}

/** Of a line: that the Hessian is measured goes without saying where it is drawn. */
export function labelOf(key: ArmKey): string {
  const { label, values } = armByKey(key);
  return armWith({ ...values, hessian: false })?.label ?? label;
}

/** What the table lacks is a gap. */
function fromUnfreezing(values: ArrayLike<number | null>): Curve {
  return [
    null,
    ...Array.from(values, (value) => (value === null || Number.isNaN(value) ? null : value)),
  ];
}
