import { deriveGenotype } from '../../paper/genotype';
import { clearLeader } from '../../paper/magnitude';
import { SENTENCE_NAME, type Operation } from '../../paper/operation';
import { spaceOf } from '../../paper/space/registry';
import { compareEpochs, EXACT } from '../../trace/compare';
import { changeWords } from '../../trace/toggle';
import type { EpochRecord, RunHead } from '../../trace/types';
import { isControl } from './twin';

/** A run of a pair, with its letter in the legends. */
export interface TwinSide {
  readonly letter: string;
  readonly head: RunHead;
  readonly epochs: readonly EpochRecord[];
}

/** What the two have in common, what was changed, and how they differ at the clock. */
export function twinSentence(sides: readonly [TwinSide, TwinSide], from: number, epoch: number) {
  const [a, b] = sides;
  const start = from === 0 ? 'their start' : `epoch ${from}`;
  const changes = sides.flatMap(({ letter, head: { fork } }) =>
    fork === undefined || isControl(fork)
      ? []
      : [`${letter} has ${changeWords(fork.change)} from epoch ${fork.epoch + 1} on`],
  );
  const what = changes.length === 0 ? 'nothing was changed in either' : changes.join(', ');
  return `A and B are one run up to ${start}; ${what}. ${differenceSentence(a, b, from, epoch)}`;
}

function differenceSentence(a: TwinSide, b: TwinSide, from: number, epoch: number): string {
  const reached = Math.min(epoch, a.epochs.length, b.epochs.length);
  if (reached <= from) return `They part in epoch ${from + 1}.`;
  const [left, right] = [a.epochs[reached - 1]!, b.epochs[reached - 1]!];
  const { ops, space } = a.head.config.effective;
  const at = `At epoch ${reached}`;
  if (JSON.stringify(left.alpha) === JSON.stringify(right.alpha)) {
    return `${at} their alphas are the same, bit for bit.`;
  }
  if (space !== undefined) {
    const cells = left.arch === right.arch ? 'the same cell' : 'different cells';
    return `${at} they derive ${cells}.`;
  }
  const cells = [left, right].map(({ alpha }) => deriveGenotype(alpha, ops));
  const edges = cells[0]!.filter((operation, edge) => operation !== cells[1]![edge]).length;
  const leaders = [left, right].map(({ alpha }) => leaderWords(clearLeader(alpha, ops)));
  const lead =
    leaders[0] === leaders[1]
      ? `${leaders[0]} in both`
      : `${leaders[0]} in A and ${leaders[1]} in B`;
  const same = edges === 0 ? 'the same cell' : `cells that differ on ${edges} of the six edges`;
  return `${at} they derive ${same}; ${lead}.`;
}

function leaderWords(operation: Operation | null): string {
  if (operation === null) return 'no operation leads';
  return `${operation === 'none' ? 'the none operation' : SENTENCE_NAME[operation]} leads`;
}

/**
 * Whether the branch without a change has come out as its parent, in words; null before it has an epoch
 * of its own that the parent has, too.
 */
export function controlSentence(
  parent: readonly EpochRecord[],
  control: readonly EpochRecord[],
  { head, from }: { readonly head: RunHead; readonly from: number },
): string | null {
  const { length } = control.slice(from, parent.length);
  if (length === 0) return null;
  const { ops } = head.config.effective;
  const compared = compareEpochs(
    parent.slice(from, from + length),
    control.slice(from, from + length),
    ops,
    EXACT,
    spaceOf(head.config.effective),
  );
  const wrong = compared.epochs.find(({ verdict }) => verdict !== 'equal');
  if (wrong !== undefined) {
    return (
      `The branch without a change differs from the run in epoch ${wrong.epoch}, so that what the ` +
      'change did cannot be told from what the machine did.'
    );
  }
  const epochs = length === 1 ? `epoch ${from + 1}` : `epochs ${from + 1} to ${from + length}`;
  return `The branch without a change is the run itself, bit for bit, in ${epochs}.`;
}
