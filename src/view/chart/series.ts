import { alphaSteps } from '../../paper/alpha-step';
import { EDGES, type Alpha } from '../../paper/cell';
import { operationMagnitude, softmaxRows } from '../../paper/magnitude';
import type { Operation } from '../../paper/operation';
import type { SearchSpace } from '../../paper/space/space';
import { bandOverSeeds, type Band } from '../../paper/statistics';
import type { EpochRecord, RunEvent, Toggle } from '../../trace/types';

/** What is drawn of an epoch: its whole record, or what a recording's extract tells of it. */
export type DrawnEpoch = Partial<EpochRecord> &
  Pick<EpochRecord, 'epoch' | 'phase' | 'alpha' | 'arch' | 'steps'>;

/** What the charts need of one run. */
export interface Trajectory {
  readonly uid: string;
  readonly seed: number;
  readonly ops: readonly Operation[];
  /** Contiguous from epoch 1; shorter than `total` while it trains. */
  readonly epochs: readonly DrawnEpoch[];
  /** Warm-up and joint epochs planned. */
  readonly total: number;
  /** Epochs planned with alpha frozen. */
  readonly warmup: number;
  /** Alpha before the first step; without it the uniform softmax stands in for epoch 0. */
  readonly initialAlpha?: Alpha;
  /** Bilevel steps in an epoch; places the step snapshots. By default the last one ends the epoch. */
  readonly stepsPerEpoch?: number;
  readonly live: boolean;
  readonly toggles: readonly Toggle[];
  readonly events: readonly RunEvent[];
}

/** The seeds of one regime. */
export interface RegimeSeries {
  readonly key: string;
  readonly label: string;
  readonly ops: readonly Operation[];
  /** NAS-Bench-201 where it is left out. */
  readonly space?: SearchSpace;
  /** Finished epochs from which on it is drawn, of a branch of what it is compared with; all by default. */
  readonly from?: number;
  readonly trajectories: readonly Trajectory[];
}

/** One value per epoch, index 0 being the state before training; null where there is none. */
export type Curve = readonly (number | null)[];

/** Curves of one quantity over the seeds of a regime, and their mean and spread. */
export interface CurveBundle {
  readonly seeds: readonly Curve[];
  /** Indexed as the curves are. */
  readonly bands: readonly Band[];
}

/** The same regime as it was when so many epochs were finished. */
export function upTo<Series extends RegimeSeries>(series: Series, epoch: number): Series {
  const trajectories = series.trajectories.map((one) => ({
    ...one,
    epochs: one.epochs.slice(0, epoch),
  }));
  return { ...series, trajectories };
}

/** Epochs that the longest of them has finished; 0 for none. */
export function recordedEpochs(trajectories: readonly Trajectory[]): number {
  return Math.max(0, ...trajectories.map((trajectory) => trajectory.epochs.length));
}

/** Epochs that the longest of them plans, at least 1, so that an axis always has a length. */
export function plannedEpochs(trajectories: readonly Trajectory[]): number {
  return Math.max(1, ...trajectories.map(({ total, epochs }) => Math.max(total, epochs.length)));
}

/**
 * Alpha at a clock position, linear between the snapshots around it. Held at the last record beyond
 * the end.
 *
 * @param epoch finished epochs, fractions allowed; 0 is before training.
 */
export function alphaAt(trajectory: Trajectory, epoch: number): Alpha {
  const { epochs } = trajectory;
  const whole = Math.max(0, Math.floor(epoch));
  const next = epochs[whole];
  const start =
    whole === 0 ? initialAlpha(trajectory) : epochs[Math.min(whole, epochs.length) - 1]?.alpha;
  if (start === undefined) return initialAlpha(trajectory);
  if (next === undefined) return start;
  const steps = trajectory.stepsPerEpoch ?? next.steps.at(-1)?.step ?? 1;
  let before = { at: 0, alpha: start };
  for (const snapshot of next.steps) {
    const after = { at: snapshot.step / steps, alpha: snapshot.alpha };
    if (after.at >= 1) break;
    if (epoch - whole <= after.at) return blend(before, after, epoch - whole);
    before = after;
  }
  return blend(before, { at: 1, alpha: next.alpha }, epoch - whole);
}

/**
 * The alpha whose softmax is the mean over seeds of softmax(alpha) at a clock position: the mean of
 * alpha itself would let one seed with large values speak for all. Seeds that have not come so far
 * are left out unless none has.
 *
 * @throws RangeError for no trajectories.
 */
export function meanAlphaAt(trajectories: readonly Trajectory[], epoch: number): Alpha {
  if (trajectories.length === 0) throw new RangeError('No trajectories to take a mean of.');
  const reached = trajectories.filter((trajectory) => trajectory.epochs.length >= epoch);
  const counted = reached.length > 0 ? reached : trajectories;
  if (counted.length === 1) return alphaAt(counted[0]!, epoch);
  const strengths = counted.map((trajectory) => softmaxRows(alphaAt(trajectory, epoch)));
  return strengths[0]!.map((row, edge) =>
    row.map((_, column) =>
      logarithm(strengths.reduce((sum, seed) => sum + seed[edge]![column]!, 0) / counted.length),
    ),
  );
}

const recordMagnitudes = new WeakMap<DrawnEpoch, readonly number[]>();
const recordStrengths = new WeakMap<DrawnEpoch, readonly (readonly number[])[]>();
const magnitudes = new WeakMap<RegimeSeries, readonly CurveBundle[]>();

/** softmax(alpha) of a record. A record never changes, so a growing run costs one softmax an epoch. */
export function strengthsOf(record: DrawnEpoch): readonly (readonly number[])[] {
  let strengths = recordStrengths.get(record);
  if (strengths === undefined) recordStrengths.set(record, (strengths = softmaxRows(record.alpha)));
  return strengths;
}

function magnitudesOf(record: DrawnEpoch): readonly number[] {
  let values = recordMagnitudes.get(record);
  if (values === undefined)
    recordMagnitudes.set(record, (values = operationMagnitude(record.alpha)));
  return values;
}

/**
 * Operation magnitudes m(t, o) (Eq. 11) of every seed, one bundle per operation of the regime. Kept
 * per series object, because the sentence, the key and the curves all ask while the clock runs.
 */
export function magnitudeBundles(series: RegimeSeries): readonly CurveBundle[] {
  let bundles = magnitudes.get(series);
  if (bundles === undefined) magnitudes.set(series, (bundles = computeMagnitudes(series)));
  return bundles;
}

function computeMagnitudes(series: RegimeSeries): CurveBundle[] {
  const perSeed = series.trajectories.map((trajectory) => [
    ...(trajectory.epochs.length > 0 ? [operationMagnitude(initialAlpha(trajectory))] : []),
    ...trajectory.epochs.map(magnitudesOf),
  ]);
  return series.ops.map((_, column) =>
    bundle(perSeed.map((epochs) => epochs.map((values) => values[column]!))),
  );
}

const steps = new WeakMap<RegimeSeries, readonly CurveBundle[]>();

/**
 * Mean steps of alpha ({@link alphaSteps}) of every seed, one bundle per operation; nothing while
 * alpha is frozen, and in the first epoch, whose start is not recorded. Kept per series object.
 */
export function alphaStepBundles(series: RegimeSeries): readonly CurveBundle[] {
  let bundles = steps.get(series);
  if (bundles === undefined) steps.set(series, (bundles = computeSteps(series)));
  return bundles;
}

function computeSteps({ ops, trajectories }: RegimeSeries): CurveBundle[] {
  const perSeed = trajectories.map(({ epochs, stepsPerEpoch = 1 }) =>
    epochs.map(({ alpha, phase, rateAlpha = 0 }, at) => {
      const before = epochs[at - 1]?.alpha;
      if (before === undefined || phase === 'warmup' || !(rateAlpha > 0)) return null;
      return alphaSteps(before, alpha, rateAlpha, stepsPerEpoch);
    }),
  );
  return ops.map((_, column) =>
    bundle(perSeed.map((epochs) => [null, ...epochs.map((values) => values?.[column] ?? null)])),
  );
}

/** Null or undefined where it is not known. */
export type RecordValue = (record: DrawnEpoch) => number | null | undefined;

const quantities = new WeakMap<readonly Trajectory[], Map<RecordValue, CurveBundle>>();

/**
 * A quantity of the epoch records over the seeds, kept per list and accessor. What is not finite
 * counts as missing.
 */
export function recordBundle(trajectories: readonly Trajectory[], value: RecordValue): CurveBundle {
  let known = quantities.get(trajectories);
  if (known === undefined) {
    known = new Map<RecordValue, CurveBundle>();
    quantities.set(trajectories, known);
  }
  let found = known.get(value);
  if (found === undefined) known.set(value, (found = bundle(trajectories.map(curveOf(value)))));
  return found;
}

function curveOf(value: RecordValue): (trajectory: Trajectory) => Curve {
  return ({ epochs }) => [
    null,
    ...epochs.map((record) => {
      const found = value(record);
      return found != null && Number.isFinite(found) ? found : null;
    }),
  ];
}

/** Seeds that have come as far as the clock's last whole epoch. */
export function seedsAt(trajectories: readonly Trajectory[], epoch: number): number {
  return trajectories.filter(({ epochs }) => epochs.length >= Math.max(1, Math.floor(epoch)))
    .length;
}

/** The mean at a clock position, linear between epochs; null where there is none. */
export function meanAt(bundle: CurveBundle, epoch: number): number | null {
  const whole = Math.min(Math.floor(epoch), bundle.bands.length - 1);
  const here = bundle.bands[whole];
  const next = bundle.bands[whole + 1];
  const fraction = epoch - whole;
  if (here === undefined || here.n === 0) return fraction > 0 && next?.n ? next.mean : null;
  if (next === undefined || next.n === 0 || fraction <= 0) return here.mean;
  return here.mean + (next.mean - here.mean) * fraction;
}

/** Alpha before training, or zeros: the mean of the normal values it is drawn from. */
export function initialAlpha(trajectory: Trajectory): Alpha {
  return trajectory.initialAlpha ?? EDGES.map(() => trajectory.ops.map(() => 0));
}

function bundle(seeds: readonly Curve[]): CurveBundle {
  return { seeds, bands: bandOverSeeds(seeds) };
}

/** Finite where a share has underflowed to zero, as under a large alpha rate; its softmax is zero. */
export function logarithm(share: number): number {
  return share > 0 ? Math.log(share) : -1e4;
}

interface Knot {
  readonly at: number;
  readonly alpha: Alpha;
}

function blend(before: Knot, after: Knot, at: number): Alpha {
  if (at <= before.at) return before.alpha;
  if (at >= after.at) return after.alpha;
  const share = (at - before.at) / (after.at - before.at);
  return before.alpha.map((row, edge) =>
    row.map((value, column) => value + (after.alpha[edge]![column]! - value) * share),
  );
}
