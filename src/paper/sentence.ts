import { heldAt, leadsUntil, type Curves } from './curves';
import { areLevel } from './magnitude';
import { SENTENCE_NAME, type Operation } from './operation';
import type { SearchSpace } from './space/space';

export interface Headline {
  /** The operation that leads in more than half of the seeds; the one to colour. */
  readonly operation: Operation | null;
  readonly text: string;
}

/** One seed at the epoch described. */
interface Standing {
  /** Null while the magnitudes are level. */
  readonly leader: Operation | null;
  /** First epoch of the unbroken stretch under this leader, 1-based. */
  readonly since: number;
  /** Who led clearly in the epoch before that; null at the start, and out of a level start. */
  readonly overtaken: Operation | null;
  /** Choices (edges or blocks) that the leader holds in the derived cell. */
  readonly held: number;
}

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six'] as const;

/**
 * What the magnitudes say at an epoch, in a sentence that is true whatever the input: one seed or
 * many, ties, disagreement, seeds that have not come as far, no data.
 *
 * Who leads, and from when on, is what the verdicts on OS.6 and OS.7 go by ({@link leadsUntil}), but
 * for magnitudes that are level: there the sentence names nobody. An operation overtakes another where
 * its present lead follows on that one's; that is told where it is so in most of the seeds that lead.
 *
 * @param seeds curves of every epoch so far; null for a seed without any.
 * @param epoch 1-based; 0 is before the first epoch has ended.
 * @param space what operations are chosen for, and how many choices there are
 */
export function headline(
  seeds: readonly (Curves | null)[],
  epoch: number,
  space: Pick<SearchSpace, 'choice' | 'choices'>,
): Headline {
  const present = epoch < 1 ? [] : seeds.filter((curves) => (curves?.epochs ?? 0) >= epoch);
  if (present.length === 0) return { operation: null, text: noDataSentence(seeds, epoch) };

  const standings = present.map((curves) => standingAt(curves!, epoch));
  const tally = tallyOf(standings, present[0]!.ops as readonly Operation[]);
  const leader = tally.find(({ seeds: count }) => 2 * count > standings.length)?.operation ?? null;
  const missing = missingSentence(seeds.length - present.length, epoch);
  return { operation: leader, text: standingsSentence(standings, tally, leader, space) + missing };
}

function standingsSentence(
  standings: readonly Standing[],
  tally: readonly Tally[],
  leader: Operation | null,
  space: Pick<SearchSpace, 'choice' | 'choices'>,
): string {
  if (leader !== null) {
    const leading = standings.filter((standing) => standing.leader === leader);
    return leadSentence(leader, leading, standings.length, space);
  }
  return tally.length === 0
    ? noLeaderSentence(standings.length)
    : disagreement(tally, standings.length);
}

function noDataSentence(seeds: readonly (Curves | null)[], epoch: number): string {
  if (seeds.every((curves) => curves === null)) return 'No epoch has finished yet.';
  return epoch < 1
    ? 'Before the first epoch: alpha is at its random start.'
    : `No seed has reached epoch ${epoch}.`;
}

function standingAt(curves: Curves, epoch: number): Standing {
  const isLevelAt = (at: number) => areLevel(curves.magnitude.map((curve) => curve[at - 1]!));
  const leads = leadsUntil(curves, epoch);
  const { leader, from } = leads.at(-1)!;
  if (isLevelAt(epoch)) return { leader: null, since: epoch, overtaken: null, held: 0 };
  let since = epoch;
  while (since > from && !isLevelAt(since - 1)) since--;
  const before = leads.at(-2)?.leader as Operation | undefined;
  const follows = before !== undefined && since === from && !isLevelAt(from - 1);
  return {
    leader: leader as Operation,
    since,
    overtaken: follows ? before : null,
    held: heldAt(curves, leader, epoch),
  };
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
  { choice, choices }: Pick<SearchSpace, 'choice' | 'choices'>,
): string {
  const counts = leading.map(({ held }) => held);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const held =
    least === most
      ? heldInWords(least, choices, choice)
      : `between ${NUMBERS[least]} and ${NUMBERS[most]} of the ${NUMBERS[choices]} ${choice}s`;
  const start = `${subject(operation)} ${leadInWords(leading, seeds)}`;
  return `${start}; ${leading.length === seeds ? '' : 'there '}it now holds ${held}.`;
}

/** `leads since epoch 9 in 4 of 5 seeds`, `overtakes average pooling at epoch 12 in 4 of 5 seeds`. */
function leadInWords(leading: readonly Standing[], seeds: number): string {
  const inSeeds = (count: number) => (seeds === 1 ? '' : ` in ${count} of ${seeds} seeds`);
  const overtaking = leading.filter(({ overtaken }) => overtaken !== null);
  // What happened in a few of them is not what happened.
  if (2 * overtaking.length <= leading.length) {
    const since = Math.max(...leading.map((standing) => standing.since));
    return `leads since epoch ${since}${inSeeds(leading.length)}`;
  }
  const [first, ...others] = new Set(overtaking.map(({ overtaken }) => overtaken!));
  const whom = others.length === 0 ? name(first!) : 'other operations';
  const epochs = overtaking.map(({ since }) => since);
  const from = Math.min(...epochs);
  const to = Math.max(...epochs);
  const when = from === to ? `at epoch ${to}` : `between epochs ${from} and ${to}`;
  const all = overtaking.length === leading.length ? '' : ` and leads in ${leading.length}`;
  return `overtakes ${whom} ${when}${inSeeds(overtaking.length)}${all}`;
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
