import { marginOf, type AccuracyTable } from '../accuracy-table';
import { MersenneTwister } from '../cpython-random';
import { curvesOf, meanCurves, type Curves } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import { holds, type Claim, type Evidence } from './claim';
import { decide } from './judge';
import { randomWalk, walkKind, type WalkKind } from './walk';

/** How often a claim holds for random walks of alpha: shares, 0 to 1. */
export interface Chance {
  /** Of single sets of walks, one per arm: the predicate. */
  readonly seed: number;
  /** Of groups of five sets: called seen, whatever the baseline does. */
  readonly verdict: number;
  /** The same where what the claim is given, of walks as well, has to be seen with it. */
  readonly gated: number;
}

/** Sets of walks, and groups of five drawn from them. */
const WALKS = 1000;
const GROUP = 5;
/** Seed of all walks. */
const SEED = 2021;

/** Sets of walks: of each arm, in the order in which a claim names them, by set. */
interface Sample {
  readonly sets: readonly (readonly Curves[])[];
  /** Positions of the sets of each group. */
  readonly groups: readonly (readonly number[])[];
  /** Of a group, arm by arm; worked out when it is first asked for, since most never are. */
  readonly means: (group: number) => readonly Curves[];
}

/**
 * The false-positive rates of claims over {@link WALKS} sets of random walks each; always the same.
 * Claims whose arms walk alike look at the same sets.
 *
 * @param tables as for a verdict; null when a claim needs one that is not there.
 * @returns of each claim, in the order given
 * @throws MissingAccuracy when a table lacks cells: rates need a complete one.
 */
export function chancesOf(
  claims: readonly Claim[],
  tables: readonly AccuracyTable[] = [],
): (Chance | null)[] {
  const tableOf = (arm: ArmKey) =>
    tables.find(({ space }) => space === armByKey(arm).values.space) ?? null;
  const chances = new Map<Claim, Chance | null>();
  const alike = new Map<string, { claims: Claim[]; complete: boolean }>();
  for (const claim of claims) {
    const complete = claim.accuracy !== 'none' && claim.arms.every((arm) => tableOf(arm) !== null);
    if (claim.accuracy === 'required' && !complete) {
      chances.set(claim, null);
      continue;
    }
    const kinds = claim.arms.map((arm) => walkKind(armByKey(arm), complete));
    const key = JSON.stringify([complete, kinds]);
    const others = alike.get(key)?.claims ?? [];
    alike.set(key, { claims: [...others, claim], complete });
  }
  for (const { claims: members, complete } of alike.values()) {
    const { arms } = members[0]!;
    const sample = sampleOf(
      arms.map((arm) => walkKind(armByKey(arm), complete)),
      arms.map((arm) => (complete ? tableOf(arm) : null)),
    );
    const grounds: Pick<Evidence, 'best' | 'margin'> = {
      best: (arm) => (complete ? tableOf(arm)!.best : null),
      margin: (arm) => (complete ? marginOf(tableOf(arm)!) : null),
    };
    for (const claim of members) chances.set(claim, chanceIn(sample, claim, grounds));
  }
  return claims.map((claim) => chances.get(claim)!);
}

/** The walks of {@link SEED}, and the groups drawn after them. */
function sampleOf(kinds: readonly WalkKind[], tables: readonly (AccuracyTable | null)[]): Sample {
  const random = new MersenneTwister(SEED);
  const sets = Array.from({ length: WALKS }, () =>
    kinds.map((kind, at) => curvesOf(randomWalk(kind, random), tables[at]!)),
  );
  const groups = Array.from({ length: WALKS }, () => draw(random, sets.length));
  const known: (readonly Curves[])[] = [];
  const means = (group: number) =>
    (known[group] ??= kinds.map((_, arm) =>
      meanCurves(groups[group]!.map((member) => sets[member]![arm]!)),
    ));
  return { sets, groups, means };
}

function chanceIn(
  sample: Sample,
  claim: Claim,
  grounds: Pick<Evidence, 'best' | 'margin'>,
): Chance {
  // What is given is examined on the arms of the claim.
  const examinerOf = ({ examine }: Pick<Claim, 'examine'>) => {
    const examined = (set: readonly Curves[]) =>
      holds(examine({ curves: (arm) => set[claim.arms.indexOf(arm)]!, ...grounds }));
    const single = sample.sets.map(examined);
    const seen = (group: number): boolean => {
      const seeds = sample.groups[group]!.map((member) => single[member]!);
      // The mean is costly and only asked for where the seeds leave it a say.
      if (decide(seeds, true) !== 'seen') return false;
      return decide(seeds, examined(sample.means(group))) === 'seen';
    };
    return { single, seen };
  };
  const own = examinerOf(claim);
  const given = claim.given === null ? null : examinerOf(claim.given);
  let seen = 0;
  let gated = 0;
  for (let group = 0; group < WALKS; group++) {
    if (!own.seen(group)) continue;
    seen++;
    if (given?.seen(group) ?? true) gated++;
  }
  return {
    seed: own.single.filter(Boolean).length / WALKS,
    verdict: seen / WALKS,
    gated: gated / WALKS,
  };
}

/** {@link GROUP} different numbers below `count`. */
function draw(random: MersenneTwister, count: number): number[] {
  const members = new Set<number>();
  while (members.size < GROUP) members.add(random.below(count));
  return [...members];
}
