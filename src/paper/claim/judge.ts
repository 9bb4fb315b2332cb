import { MissingAccuracy, marginOf, type AccuracyTable, type UnfitTable } from '../accuracy-table';
import { curvesOf, meanCurves, type Curves } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import type { SpaceKey } from '../space/space';
import { mean, sampleStd } from '../statistics';
import { BASELINE } from './baseline';
import { holds, type Claim, type Evidence } from './claim';
import { groupRuns, type BenchRun, type Group } from './runs';
import { verdictSentence } from './sentence';
import { gapsOf, needsOf, needWords, type TableNeed } from './table-need';
import type { Effect, Findings, Outcome, SeedFinding, Verdict } from './verdict';

/** Fewer seeds are too few. */
const FEWEST_SEEDS = 3;
/** From here on the mean and a share of the seeds decide; below, every seed must agree. */
const MANY_SEEDS = 5;
const SHARE = 0.8;

export interface JudgeOptions {
  /** At most one of a space is used: the first. */
  readonly tables?: readonly AccuracyTable[];
  /** Tables that are at hand and cannot judge; told where a claim needs theirs. */
  readonly unfit?: readonly UnfitTable[];
  /** The scale that was selected by the baseline's outcome, if there is one. */
  readonly selectedScale?: string | null;
}

/**
 * The verdict on a claim, by the rules of docs/protocol.md.
 *
 * @param runs any runs; those of other arms are passed over.
 */
export function judge(
  claim: Claim,
  runs: readonly BenchRun[],
  { tables = [], unfit = [], selectedScale = null }: JudgeOptions = {},
): Verdict {
  const findings = find(claim, runs, { tables, unfit, selectedScale });
  return { ...findings, sentence: verdictSentence(claim, findings) };
}

function find(
  claim: Claim,
  runs: readonly BenchRun[],
  { tables, unfit, selectedScale }: Required<JudgeOptions>,
): Findings {
  const group = groupRuns(claim.arms, runs);
  const counted = runsOf(group, claim.arms);
  const verdict: Findings = {
    id: claim.id,
    outcome: 'not comparable',
    n: group.seeds.length,
    seeds: [],
    mean: null,
    effect: null,
    scale: group.scale,
    table: null,
    runs: counted.map(({ uid }) => uid),
    excluded: group.excluded,
    reason: null,
    needs: [],
    notes: [],
  };
  if (group.conflict !== null) return { ...verdict, reason: group.conflict };

  const examined = examine(claim, group, tables, unfit);
  if (examined.needs.length > 0) {
    return { ...verdict, reason: needWords(examined.needs), needs: examined.needs };
  }
  const found: Findings = {
    ...verdict,
    seeds: examined.seeds,
    mean: examined.mean,
    effect: effectOf(claim, examined.seeds),
    table: examined.table,
    notes: notesOf(claim, group, examined, selectedScale),
  };
  if (found.n < FEWEST_SEEDS) return { ...found, outcome: 'too few seeds' };
  if (claim.given !== null && !isSeen(claim.given, group, { tables, unfit })) {
    const [arm] = claim.given.arms;
    const name = arm === 'baseline' ? 'the baseline' : armByKey(arm!).label;
    return { ...found, reason: `${name} does not degrade on the same seeds` };
  }
  return {
    ...found,
    outcome: decide(
      examined.seeds.map((seed) => seed.holds),
      examined.mean,
    ),
  };
}

/** Rules 4 and 5 of the protocol. */
export function decide(seeds: readonly boolean[], seedMean: boolean | null): Outcome {
  const agreeing = seeds.filter(Boolean).length;
  if (seeds.length < FEWEST_SEEDS) return 'too few seeds';
  const seen =
    seeds.length < MANY_SEEDS
      ? agreeing === seeds.length
      : seedMean === true && agreeing >= SHARE * seeds.length;
  return seen ? 'seen' : 'not seen';
}

interface Examined {
  readonly seeds: readonly SeedFinding[];
  readonly mean: boolean | null;
  readonly table: string | null;
  readonly notes: readonly string[];
  /** Tables without which the claim is not examined. */
  readonly needs: readonly TableNeed[];
}

/** With the tables if they suffice, else without where the claim allows that. */
function examine(
  claim: Claim,
  group: Group,
  tables: readonly AccuracyTable[],
  unfit: readonly UnfitTable[],
): Examined {
  const nothing: Examined = { seeds: [], mean: null, table: null, notes: [], needs: [] };
  if (claim.accuracy === 'none') return { ...nothing, ...examineWith(claim, group, null) };
  const spaces = [...new Set(claim.arms.map((arm) => armByKey(arm).values.space))];
  const used = spaces.flatMap((space) => tables.find((table) => table.space === space) ?? []);
  let needs = needsOf(spaces, used, unfit);
  let gaps = false;
  if (needs.length === 0) {
    try {
      const table = used.map(({ name }) => name).join('; ');
      return { ...nothing, ...examineWith(claim, group, used), table };
    } catch (error) {
      if (!(error instanceof MissingAccuracy)) throw error;
      needs = gapsOf(derivedIn(group, claim.arms), used);
      gaps = true;
    }
  }
  if (claim.accuracy === 'required') return { ...nothing, needs };
  return {
    ...nothing,
    ...examineWith(claim, group, null),
    notes: gaps ? [`Judged without accuracies: ${needWords(needs)}.`] : [],
  };
}

/** All cells that the runs of these arms derived at any epoch, by space. */
function derivedIn({ arms, seeds }: Group, keys: readonly ArmKey[]): Map<SpaceKey, Set<string>> {
  const derived = new Map<SpaceKey, Set<string>>();
  for (const arm of keys) {
    const { space } = armByKey(arm).values;
    const archs = derived.get(space) ?? new Set();
    for (const seed of seeds) addDerived(archs, arms.get(arm)!.get(seed)!);
    derived.set(space, archs);
  }
  return derived;
}

function addDerived(archs: Set<string>, { alphas, cells, space, ops }: BenchRun): void {
  alphas.forEach((alpha, at) => archs.add(cells?.[at] ?? space.derive(alpha, ops)));
}

function examineWith(
  claim: Claim,
  { arms, seeds }: Group,
  tables: readonly AccuracyTable[] | null,
): Pick<Examined, 'seeds' | 'mean'> {
  const tableOf = (arm: ArmKey) =>
    tables?.find(({ space }) => space === armByKey(arm).values.space) ?? null;
  const margin = (arm: ArmKey) => {
    const table = tableOf(arm);
    return table === null ? null : marginOf(table);
  };
  const evidence = (curves: ReadonlyMap<ArmKey, Curves>): Evidence => ({
    curves: (arm) => curves.get(arm)!,
    best: (arm) => tableOf(arm)?.best ?? null,
    margin,
  });
  const perSeed = seeds.map(
    (seed) =>
      new Map(claim.arms.map((arm) => [arm, curvesOf(arms.get(arm)!.get(seed)!, tableOf(arm))])),
  );
  const findings = perSeed.map((curves, at) => {
    const found = claim.examine(evidence(curves));
    return { ...found, seed: seeds[at]!, holds: holds(found) };
  });
  if (perSeed.length === 0) return { seeds: [], mean: null };
  const means = new Map(
    claim.arms.map((arm) => [arm, meanCurves(perSeed.map((curves) => curves.get(arm)!))]),
  );
  return { seeds: findings, mean: holds(claim.examine(evidence(means))) };
}

/** Whether another claim is seen on these seeds with these tables. */
function isSeen(
  claim: Claim,
  group: Group,
  options: Pick<Required<JudgeOptions>, 'tables' | 'unfit'>,
): boolean {
  const found = find(claim, runsOf(group, claim.arms), { ...options, selectedScale: null });
  return found.outcome === 'seen';
}

function effectOf(claim: Claim, seeds: readonly SeedFinding[]): Effect | null {
  if (seeds.length === 0) return null;
  const values = seeds.map(({ effect }) => effect);
  const std = sampleStd(values);
  return { mean: mean(values), std: Number.isNaN(std) ? null : std, ...claim.effect };
}

function notesOf(
  claim: Claim,
  group: Group,
  examined: Examined,
  selectedScale: string | null,
): string[] {
  const notes = [...examined.notes];
  if (claim.id === BASELINE.id && group.scale !== null && group.scale === selectedScale) {
    notes.push('Scale selected for it.');
  }
  if (claim.control !== undefined && group.seeds.length > 0) {
    const gap = (arm: ArmKey) =>
      mean(group.seeds.map((seed) => group.arms.get(arm)!.get(seed)!.gap));
    notes.push(claim.control(gap));
  }
  return notes;
}

function runsOf({ arms, seeds }: Group, keys: readonly ArmKey[]): BenchRun[] {
  return keys.flatMap((arm) => seeds.map((seed) => arms.get(arm)!.get(seed)!));
}
