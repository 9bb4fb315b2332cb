import { EDGES, type Alpha, type Genotype } from '../../paper/cell';
import { clearLeader, countOperations, softmaxRows } from '../../paper/magnitude';
import { SENTENCE_NAME, SHORT_NAME, type Operation } from '../../paper/operation';
import { leaderOf } from './phase';
import type { Quantity } from './quantity';
import {
  alphaStepBundles,
  logarithm,
  magnitudeBundles,
  meanAt,
  recordBundle,
  recordedEpochs,
  seedsAt,
  type RegimeSeries,
  type Trajectory,
} from './series';

/** `.47`, `1.00`: two decimals without a leading zero, as in the heat map. */
export function share(value: number): string {
  return value.toFixed(2).replace(/^0\./, '.');
}

/** `1←0`: an edge as a reader sees it. */
export function edgeName(index: number): string {
  return EDGES[index]!.name.replace('<-', '←');
}

/** `n = 5`, or `n = 2 to 5` while the seeds have come to different epochs. */
export function seedCount(trajectories: readonly Trajectory[]): string {
  const lengths = trajectories.map((trajectory) => trajectory.epochs.length);
  const started = lengths.filter((length) => length > 0).length;
  const furthest = Math.max(0, ...lengths);
  const there = lengths.filter((length) => length > 0 && length === furthest).length;
  return there === started ? `n = ${started}` : `n = ${there} to ${started}`;
}

/** The largest and the second largest magnitude at the clock, with how far the leader has come. */
export function magnitudeSummary(series: readonly RegimeSeries[], epoch: number): string {
  const parts = series.map((regime) => {
    const clock = clockOf(regime.trajectories, epoch);
    const values = magnitudeBundles(regime).map((bundle) => meanAt(bundle, clock));
    const ranked = regime.ops
      .map((operation, column) => ({ operation, value: values[column] ?? null }))
      .filter((entry): entry is { operation: Operation; value: number } => entry.value !== null)
      .sort((a, b) => b.value - a.value);
    const [first, second] = ranked;
    if (first === undefined || second === undefined) return 'No epoch has been recorded yet.';
    const who = series.length > 1 ? `${regime.label}: ` : '';
    const at = `at epoch ${clock} (n = ${seedsAt(regime.trajectories, clock)})`;
    const shares = values.map((value) => logarithm(value ?? 0));
    if (isLevel(shares, regime.ops)) return `${who}all operations are level ${at}.`;
    if (share(first.value) === share(second.value)) {
      return `${who}${SENTENCE_NAME[first.operation]} and ${SENTENCE_NAME[second.operation]} have the largest magnitudes, both ${share(first.value)}, ${at}.`;
    }
    return `${who}${SENTENCE_NAME[first.operation]} has the largest magnitude, ${share(first.value)}, ahead of ${SENTENCE_NAME[second.operation]} with ${share(second.value)}, ${at}.`;
  });
  return parts.map(capital).join(' ');
}

/** Which operation's alpha an epoch raised most, and which it lowered most. */
export function alphaStepSummary(series: readonly RegimeSeries[], epoch: number): string {
  const parts = series.map((regime) => {
    const clock = clockOf(regime.trajectories, epoch);
    const who = series.length > 1 ? `${regime.label}: ` : '';
    const ranked = regime.ops
      .map((operation, column) => {
        const band = alphaStepBundles(regime)[column]!.bands[clock];
        return { operation, value: band !== undefined && band.n > 0 ? band.mean : null };
      })
      .filter((entry): entry is { operation: Operation; value: number } => entry.value !== null)
      .sort((a, b) => b.value - a.value);
    const [most] = ranked;
    const least = ranked.at(-1);
    if (most === undefined || least === undefined) {
      return `${who}no step of alpha is known at epoch ${clock}.`;
    }
    return `${who}epoch ${clock} raised ${SENTENCE_NAME[most.operation]} most, by ${signed(most.value)} of alpha’s rate a step, and lowered ${SENTENCE_NAME[least.operation]} most, by ${signed(least.value)}.`;
  });
  return parts.map(capital).join(' ');
}

/** `+.21`, `−.03`. */
export function signed(value: number): string {
  const text = share(Math.abs(value));
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** The strongest entry of softmax(alpha) and the range of the edges' winners. */
export function alphaSummary(alpha: Alpha, ops: readonly Operation[]): string {
  const strengths = softmaxRows(alpha);
  const winners = strengths.map((row) => Math.max(...row));
  if (alpha.every((row) => isLevel(row, ops)))
    return 'Every edge is level: no operation stands out.';
  const edge = winners.indexOf(Math.max(...winners));
  const operation = ops[strengths[edge]!.indexOf(winners[edge]!)]!;
  const weakest = winners.indexOf(Math.min(...winners));
  return capital(
    `${SENTENCE_NAME[operation]} on edge ${edgeName(edge)} is the strongest choice, ${share(winners[edge]!)}; edge ${edgeName(weakest)} is the least decided, its largest share is ${share(winners[weakest]!)}.`,
  );
}

/** Whether the shares of an edge are too close to name a winner, by the rule for a whole cell. */
export function isLevel(row: readonly number[], ops: readonly Operation[]): boolean {
  return clearLeader([row], ops) === null;
}

/** Which edges each operation holds: the cell in words. */
export function cellSummary(genotype: Genotype): string {
  const counts = countOperations(genotype);
  const held = (Object.keys(counts) as Operation[])
    .filter((operation) => counts[operation] > 0)
    .sort((a, b) => counts[b] - counts[a]);
  const parts = held.map((operation) => {
    const edges = genotype.flatMap((held, index) => (held === operation ? [edgeName(index)] : []));
    return `${SENTENCE_NAME[operation]} on ${counts[operation] === 6 ? 'all six edges' : list(edges)}`;
  });
  return capital(`${list(parts)}.`);
}

/** One edge in words: every operation's share, the largest first. */
export function edgeSummary(
  index: number,
  strengths: readonly number[],
  ops: readonly Operation[],
): string {
  const ranked = ops
    .map((operation, column) => ({ operation, value: strengths[column]! }))
    .sort((a, b) => b.value - a.value);
  return `Edge ${edgeName(index)}: ${ranked.map(({ operation, value }) => `${SHORT_NAME[operation]} ${share(value)}`).join(', ')}`;
}

/** The lines of a quantity at the clock, and since when they were lowest or highest. */
export function quantitySummary(
  quantity: Quantity,
  series: readonly RegimeSeries[],
  epoch: number,
): string {
  const furthest = recordedEpochs(series.flatMap((regime) => regime.trajectories));
  if (furthest === 0) return 'No epoch has been recorded yet.';
  const clock = Math.min(Math.max(1, Math.floor(epoch + 1e-9)), furthest);
  const parts = quantity.lines.map((line) => {
    const values = series.map((regime) => {
      const value = meanAt(recordBundle(regime.trajectories, line.value), clock);
      return value === null ? 'nothing yet' : quantity.format(value);
    });
    return `${line.label} ${values.join(' against ')}`;
  });
  const who =
    series.length > 1 ? `, ${series.map((regime) => regime.label).join(' against ')}` : '';
  return `Epoch ${clock}${who}: ${parts.join(', ')} (${quantity.unit}).`;
}

/** Which operation leads in how many seeds at the clock, and since when. */
export function phaseSummary(trajectories: readonly Trajectory[], epoch: number): string {
  const clock = clockOf(trajectories, epoch);
  if (recordedEpochs(trajectories) === 0) return 'No epoch has been recorded yet.';
  if (clock === 0) return 'Before training, no operation leads.';
  const leaders = trajectories.flatMap((trajectory) => {
    const record = trajectory.epochs[clock - 1];
    return record === undefined ? [] : [leaderOf(record, trajectory.ops)];
  });
  const counts = new Map<string, number>();
  for (const leader of leaders) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  const parts = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([leader, count]) => {
      const seeds = `in ${count} of ${leaders.length} ${leaders.length === 1 ? 'seed' : 'seeds'}`;
      if (leader === 'frozen') return `alpha is frozen ${seeds}`;
      if (leader === 'level') return `no operation leads clearly ${seeds}`;
      return `${SENTENCE_NAME[leader as Operation]} leads ${seeds}`;
    });
  return `Epoch ${clock}: ${list(parts)}.`;
}

function clockOf(trajectories: readonly Trajectory[], epoch: number): number {
  return Math.min(Math.max(0, Math.floor(epoch + 1e-9)), recordedEpochs(trajectories));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
