import type { Alpha } from './cell';
import { clearLeader } from './magnitude';
import { SENTENCE_NAME, type Operation } from './operation';
import type { SearchSpace } from './space/space';

export interface Headline {
  /** The operation that leads in more than half of the seeds; the one to colour. */
  readonly operation: Operation | null;
  readonly text: string;
}

/** One seed at the epoch described. */
interface Standing {
  readonly leader: Operation | null;
  /** First epoch of the unbroken stretch under this leader, 1-based. */
  readonly since: number;
  /** Choices (edges or blocks) that the leader holds in the derived cell, and how many there are. */
  readonly held: number;
  readonly choices: number;
}

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six'] as const;

/**
 * What the magnitudes say at an epoch, in a sentence that is true whatever the input: one seed or
 * many, ties, disagreement, seeds that have not come as far, no data.
 *
 * Leading is {@link clearLeader}'s: a largest magnitude that stands out from chance. "Since" is the
 * first epoch from which every leading seed has kept that leader without interruption.
 *
 * @param trajectories per seed, alpha at the end of every epoch so far (first entry: epoch 1).
 * @param epoch 1-based; 0 is before the first epoch has ended.
 * @param choice what the rows of alpha choose for
 */
export function headline(
  trajectories: readonly (readonly Alpha[])[],
  ops: readonly Operation[],
  epoch: number,
  choice: SearchSpace['choice'] = 'edge',
): Headline {
  const present = epoch < 1 ? [] : trajectories.filter((trajectory) => trajectory.length >= epoch);
  if (present.length === 0) return { operation: null, text: noDataSentence(trajectories, epoch) };

  const standings = present.map((trajectory) => standingAt(trajectory, ops, epoch));
  const tally = tallyOf(standings, ops);
  const leader = tally.find(({ seeds }) => 2 * seeds > standings.length)?.operation ?? null;
  const missing = missingSentence(trajectories.length - present.length, epoch);
  return { operation: leader, text: standingsSentence(standings, tally, leader, choice) + missing };
}

function standingsSentence(
  standings: readonly Standing[],
  tally: readonly Tally[],
  leader: Operation | null,
  choice: SearchSpace['choice'],
): string {
  if (leader !== null) {
    const leading = standings.filter((standing) => standing.leader === leader);
    return leadSentence(leader, leading, standings.length, choice);
  }
  return tally.length === 0
    ? noLeaderSentence(standings.length)
    : disagreement(tally, standings.length);
}

function noDataSentence(trajectories: readonly (readonly Alpha[])[], epoch: number): string {
  if (trajectories.every((trajectory) => trajectory.length === 0)) {
    return 'No epoch has finished yet.';
  }
  return epoch < 1
    ? 'Before the first epoch: alpha is at its random start.'
    : `No seed has reached epoch ${epoch}.`;
}

/** The clock asks for the same epochs again and again, and back to the first of them. */
const leaders = new WeakMap<Alpha, { readonly leader: Operation | null }>();

function leaderOf(alpha: Alpha, ops: readonly Operation[]): Operation | null {
  let known = leaders.get(alpha);
  if (known === undefined) {
    known = { leader: clearLeader(alpha, ops) };
    leaders.set(alpha, known);
  }
  return known.leader;
}

function standingAt(
  trajectory: readonly Alpha[],
  ops: readonly Operation[],
  epoch: number,
): Standing {
  const alpha = trajectory[epoch - 1]!;
  const leader = leaderOf(alpha, ops);
  let since = epoch;
  while (since > 1 && leaderOf(trajectory[since - 2]!, ops) === leader) since--;
  const held = alpha.filter((row) => ops[row.indexOf(Math.max(...row))] === leader).length;
  return { leader, since, held, choices: alpha.length };
}

interface Tally {
  readonly operation: Operation;
  readonly seeds: number;
}

/** Operations that lead somewhere, most seeds first. */
function tallyOf(standings: readonly Standing[], ops: readonly Operation[]): Tally[] {
  return ops
    .map((operation) => ({
      operation,
      seeds: standings.filter(({ leader }) => leader === operation).length,
    }))
    .filter(({ seeds }) => seeds > 0)
    .sort((a, b) => b.seeds - a.seeds);
}

function leadSentence(
  operation: Operation,
  leading: readonly Standing[],
  seeds: number,
  choice: SearchSpace['choice'],
): string {
  const since = Math.max(...leading.map((standing) => standing.since));
  const counts = leading.map((standing) => standing.held);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const all = leading[0]!.choices;
  const ofAll = `of the ${NUMBERS[all]} ${choice}s`;
  const held =
    least === most
      ? heldInWords(least, all, choice)
      : `between ${NUMBERS[least]} and ${NUMBERS[most]} ${ofAll}`;
  const start = `${subject(operation)} leads since epoch ${since}`;
  if (seeds === 1) return `${start}; it now holds ${held}.`;
  const where = leading.length === seeds ? 'it now holds' : 'there it now holds';
  return `${start} in ${leading.length} of ${seeds} seeds; ${where} ${held}.`;
}

function noLeaderSentence(seeds: number): string {
  const where = seeds === 1 ? '' : ` in any of ${seeds} seeds`;
  return `No operation leads${where}: the largest magnitudes are level.`;
}

function disagreement(tally: readonly Tally[], seeds: number): string {
  const [most, ...others] = tally;
  const parts = [`${name(most!.operation)} leads in ${most!.seeds} of ${seeds} seeds`];
  for (const { operation, seeds: count } of others) parts.push(`${name(operation)} in ${count}`);
  const undecided = seeds - tally.reduce((sum, { seeds: count }) => sum + count, 0);
  if (undecided > 0) parts.push(`no operation in ${undecided}`);
  return `The seeds disagree: ${parts.join(', ')}.`;
}

function missingSentence(missing: number, epoch: number): string {
  if (missing === 0) return '';
  const seeds = missing === 1 ? 'One seed has' : `${missing} seeds have`;
  return ` ${seeds} not reached epoch ${epoch}.`;
}

function heldInWords(count: number, all: number, choice: SearchSpace['choice']): string {
  if (count === 0) return `no ${choice}`;
  return count === all
    ? `all ${NUMBERS[all]} ${choice}s`
    : `${NUMBERS[count]} of the ${NUMBERS[all]} ${choice}s`;
}

/** `none` as a subject would read as nobody. */
function name(operation: Operation): string {
  return operation === 'none' ? 'the none operation' : SENTENCE_NAME[operation];
}

function subject(operation: Operation): string {
  const words = name(operation);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
