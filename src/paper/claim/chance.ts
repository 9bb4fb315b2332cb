import { marginOf, type AccuracyTable } from '../accuracy-table';
import { MersenneTwister } from '../cpython-random';
import { curvesOf, meanCurves, type Curves } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import { holds, type Claim, type Evidence } from './claim';
import { decide } from './judge';
import { randomWalk } from './walk';

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

type Walks = ReadonlyMap<ArmKey, Curves>;

/**
 * The false-positive rates of a claim over {@link WALKS} sets of random walks; always the same.
 *
 * @param tables as for a verdict; null when the claim needs one that is not there.
 * @throws MissingAccuracy when a table lacks cells: rates need a complete one.
 */
export function chanceOf(claim: Claim, tables: readonly AccuracyTable[] = []): Chance | null {
  const tableOf = (arm: ArmKey) =>
    tables.find(({ space }) => space === armByKey(arm).values.space) ?? null;
  const complete = claim.accuracy !== 'none' && claim.arms.every((arm) => tableOf(arm) !== null);
  if (claim.accuracy === 'required' && !complete) return null;

  const random = new MersenneTwister(SEED);
  const sets = Array.from({ length: WALKS }, (): Walks => {
    const walks = claim.arms.map((arm): [ArmKey, Curves] => {
      const walk = randomWalk(armByKey(arm), random, complete);
      return [arm, curvesOf(walk, complete ? tableOf(arm) : null)];
    });
    return new Map(walks);
  });
  const grounds: Pick<Evidence, 'best' | 'margin'> = {
    best: (arm) => (complete ? tableOf(arm)!.best : null),
    margin: (arm) => (complete ? marginOf(tableOf(arm)!) : null),
  };
  const own = examiner(claim, sets, grounds);
  const given = claim.given === null ? null : examiner(claim.given, sets, grounds);

  let seen = 0;
  let gated = 0;
  for (let group = 0; group < WALKS; group++) {
    const members = draw(random, sets.length);
    if (!own.seen(members)) continue;
    seen++;
    if (given?.seen(members) ?? true) gated++;
  }
  return {
    seed: own.single.filter(Boolean).length / WALKS,
    verdict: seen / WALKS,
    gated: gated / WALKS,
  };
}

function examiner(
  claim: Claim,
  sets: readonly Walks[],
  grounds: Pick<Evidence, 'best' | 'margin'>,
) {
  const examine = (set: Walks) =>
    holds(claim.examine({ curves: (arm) => set.get(arm)!, ...grounds }));
  const single = sets.map(examine);
  const seen = (members: readonly number[]): boolean => {
    const seeds = members.map((member) => single[member]!);
    // The mean is costly and only asked for where the seeds leave it a say.
    if (decide(seeds, true) !== 'seen') return false;
    const means = claim.arms.map((arm): [ArmKey, Curves] => [
      arm,
      meanCurves(members.map((member) => sets[member]!.get(arm)!)),
    ]);
    return decide(seeds, examine(new Map(means))) === 'seen';
  };
  return { single, seen };
}

/** {@link GROUP} different numbers below `count`. */
function draw(random: MersenneTwister, count: number): number[] {
  const members = new Set<number>();
  while (members.size < GROUP) members.add(random.below(count));
  return [...members];
}
