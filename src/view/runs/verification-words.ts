import type { EpochComparison } from '../../trace/compare';
import { comparisonWords, ROUNDING, VERDICT_WORDS } from '../../trace/compare-words';
import type { Verification } from '../../trainer/protocol';

/** A run that is verified. */
export interface VerifiedLine {
  readonly uid: string;
  readonly name: string;
  readonly seed: number;
  /** Epochs that it has. */
  readonly total: number;
  readonly state: 'waiting' | 'training' | 'done' | 'failed';
  /** What may make the numbers differ although the run is what it says. */
  readonly caveats: readonly string[];
  /** Those compared so far. */
  readonly epochs: readonly EpochComparison[];
  readonly result: Verification | null;
  /** Why it could not be compared. */
  readonly message: string;
}

export const NOT_STARTED = {
  state: 'waiting',
  caveats: [],
  epochs: [],
  result: null,
  message: '',
} as const satisfies Partial<VerifiedLine>;

/** `equal to the bit, epochs 1-2 of 50`, or how far it is, or why not. */
export function outcomeWords({ state, epochs, total, result, message }: VerifiedLine): string {
  switch (state) {
    case 'waiting':
      return 'waiting';
    case 'training':
      return `training epoch ${epochs.length + 1} again`;
    case 'failed':
      return `not compared: ${message}`;
    case 'done': {
      const range = epochs.length === 1 ? 'epoch 1' : `epochs 1-${epochs.length}`;
      return `${result === null ? '' : VERDICT_WORDS[result.verdict]}, ${range} of ${total}`;
    }
  }
}

/** Where a run differs first, or most within the tolerance; null where it is equal. */
export function placeWords({ epochs, result }: VerifiedLine): string | null {
  if (result === null || result.verdict === 'equal') return null;
  const at = epochs.find(({ verdict }) => verdict === result.verdict);
  return at === undefined ? null : `Epoch ${at.epoch}: ${comparisonWords(at)}.`;
}

/** What a difference of this run is worth; null where there is none to weigh. */
export function weightWords({ result }: VerifiedLine): string | null {
  if (result?.verdict !== 'different') return null;
  if (!result.exact) return ROUNDING;
  return 'WebAssembly gives the same bits everywhere: these numbers do not come from this configuration and seed.';
}

/** All runs in a sentence. */
export function summaryWords(lines: readonly VerifiedLine[]): string {
  const has = (state: VerifiedLine['state']) => lines.filter((line) => line.state === state).length;
  const got = (verdict: Verification['verdict']) =>
    lines.filter(({ result }) => result?.verdict === verdict).length;
  const parts = [
    [got('different'), VERDICT_WORDS.different],
    [has('failed'), 'not compared'],
    [got('close'), VERDICT_WORDS.close],
    [got('equal'), VERDICT_WORDS.equal],
  ] as const;
  const told = parts.filter(([number]) => number > 0);
  const [first] = told;
  if (first === undefined) return '';
  if (told.length > 1) {
    return `${told.map(([number, words]) => `${number} ${words}`).join(', ')}.`;
  }
  const [number, words] = first;
  const all = number === 1 ? 'The run' : number === 2 ? 'Both runs' : `All ${number} runs`;
  return `${all} ${number === 1 ? 'is' : 'are'} ${words}.`;
}
