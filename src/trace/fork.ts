import { METHOD_FACTS } from '../paper/method/registry';
import { sharedDigest, type Computed } from './digest';
import { effectiveChange, liveAt, withChange } from './toggle';
import type { LiveChange, RunHead } from './types';

/** What a run must tell to be forked. */
type Forkable = Pick<RunHead, 'state' | 'config'>;

/**
 * Why a run cannot branch off at an epoch, in words that follow its name; null where it can.
 *
 * @param recorded epochs that it has.
 * @param epoch epochs that the branches would have in common.
 */
export function forkRefusal(
  { state, config }: Forkable,
  recorded: number,
  epoch: number,
): string | null {
  const { warmup, epochs } = config.effective;
  if (epoch > recorded) return `has only ${recorded} of the ${epoch} epochs so far`;
  const ended = state === 'finished' ? recorded : warmup + epochs;
  return epoch >= ended ? `ends with epoch ${ended}: nothing follows that could differ` : null;
}

/**
 * How a branch of a run differs from it: the head's parts that make it a fork.
 *
 * @param run what it was when it branched off, with at least `epoch` epochs.
 * @param change from epoch + 1 on; parts that are so already, and L2 in a method without it, are left out.
 */
export async function forkOf(
  run: Computed & Pick<RunHead, 'uid'>,
  epoch: number,
  change: LiveChange,
): Promise<Required<Pick<RunHead, 'toggles' | 'fork'>>> {
  const { effective } = run.config;
  const { l2, ...others } = change;
  const wanted = METHOD_FACTS[effective.method].l2 && l2 !== undefined ? { ...others, l2 } : others;
  const left = effectiveChange(liveAt(effective, run.toggles, epoch + 1), wanted);
  return {
    toggles: withChange(run.toggles, epoch + 1, left),
    fork: { parent: run.uid, epoch, digest: await sharedDigest(run, epoch), change: left },
  };
}
