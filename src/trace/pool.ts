import { firstDifference } from './compare';
import type { TraceRun } from './types';

/** Runs of one regime, one for each seed, by ascending seed. */
export type Pool = readonly TraceRun[];

/** A run that is not in the pool, and why, in words that follow its name and a colon. */
export interface Refusal {
  readonly run: TraceRun;
  readonly reason: string;
}

/**
 * Takes runs into a pool. What is in it depends on the set of runs that came and not on the order in
 * which they came, once the first has set the regime: a mean over the pool is to the bit that of one
 * machine that trained all seeds.
 *
 * A run belongs to the pool if it has the same configuration and data, was trained to its end without
 * a change in mid-run and not as a fork, and where the numerics self-test did not fail. Of two runs of one
 * seed that differ, as on different devices, the one with the lesser uid counts, as in the verdicts.
 */
export function addToPool(
  pool: Pool,
  runs: readonly TraceRun[],
): { readonly pool: Pool; readonly refused: readonly Refusal[] } {
  const bySeed = new Map(pool.map((run) => [run.seed, run]));
  const refused: Refusal[] = [];
  let [first] = pool;
  for (const run of runs) {
    const reason = unfit(run) ?? (first === undefined ? null : foreign(run, first));
    if (reason !== null) {
      refused.push({ run, reason });
      continue;
    }
    first ??= run;
    const known = bySeed.get(run.seed);
    if (known === undefined) {
      bySeed.set(run.seed, run);
      continue;
    }
    const [kept, left] = run.uid < known.uid ? [run, known] : [known, run];
    bySeed.set(run.seed, kept);
    refused.push({ run: left, reason: doubled(left, kept) });
  }
  return { pool: [...bySeed.values()].sort((a, b) => a.seed - b.seed), refused };
}

/** Why a run could be in no pool; null if it could. */
function unfit({ state, epochs, config, toggles, environment, fork }: TraceRun): string | null {
  const { warmup, epochs: joint } = config.effective;
  if (fork !== undefined) return `a fork of run ${fork.parent.slice(0, 8)} at epoch ${fork.epoch}`;
  if (state !== 'finished') return `not finished, ${epochs.length} of ${warmup + joint} epochs`;
  if (toggles.length > 0) return 'a setting was changed in mid-run';
  if (environment.selfTest === 'failed') {
    return 'the numerics self-test failed where it was made';
  }
  return null;
}

/** Why a run is of another regime than that of the pool; null if it is not. */
function foreign(run: TraceRun, first: TraceRun): string | null {
  if (run.configDigest === first.configDigest) return null;
  const found = firstDifference(first.config, run.config);
  if (found === null) return 'trained on other data';
  return `another configuration, ${found.path} is ${text(found.b)}, in the pool ${text(found.a)}`;
}

function doubled(left: TraceRun, kept: TraceRun): string {
  if (left.uid === kept.uid && left.digest === kept.digest) return 'in the pool already';
  const numbers = left.digest === kept.digest ? 'the same' : 'other';
  return `its seed is in the pool with ${numbers} numbers, as run ${kept.uid.slice(0, 8)}`;
}

function text(value: unknown): string {
  if (value === undefined) return 'not set';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : JSON.stringify(value);
}
