import { duration } from '../format';

export interface ForkCost {
  /** Epochs that the branches have in common, of those planned. */
  readonly epoch: number;
  readonly total: number;
  /** Epochs that the run has. */
  readonly recorded: number;
  /** Of one epoch, where the run was trained. */
  readonly epochSeconds: number;
  /** There is a checkpoint where the run ends. */
  readonly kept: boolean;
  readonly branches: 1 | 2;
  /** It ships with the page. */
  readonly isRecorded: boolean;
}

/** What will be trained, and how long that took where the run was made. */
export function costWords(cost: ForkCost): string {
  const { epoch, total, recorded, epochSeconds, kept, branches, isRecorded } = cost;
  const again = kept && epoch === recorded ? 0 : epoch;
  const left = total - epoch;
  const sentences = [
    branches === 2
      ? `Two branches of ${epochCount(left)} are trained, with the change and without it.`
      : `One branch of ${epochCount(left)} is trained without a change; it has to come out as the run.`,
  ];
  if (again > 0) {
    sentences.push(
      `The state after epoch ${epoch} is not kept: ${epochWords(again)} trained again first, and compared with the run.`,
    );
  }
  if (epochSeconds > 0) {
    const seconds = duration((again + branches * left) * epochSeconds);
    sentences.push(
      `At the run’s own pace, ${duration(epochSeconds)} an epoch, that takes ${seconds}.`,
    );
  }
  if (isRecorded) sentences.push('The recorded runs are put among yours.');
  return sentences.join(' ');
}

function epochWords(last: number): string {
  return last === 1 ? 'epoch 1 is' : `epochs 1 to ${last} are`;
}

function epochCount(count: number): string {
  return count === 1 ? 'one epoch' : `${count} epochs`;
}
