import type { EffectiveConfig } from '../paper/config';
import { isFrozen } from '../paper/method/stages';
import type { LiveChange, RunHead, Toggle } from './types';

/** The parts of a regime that may change in mid-run, as in force in one epoch. */
export interface Live {
  readonly swap: boolean;
  readonly l2: number;
  readonly frozen: boolean;
}

/**
 * What is in force in an epoch. Each part holds from the toggle that last set it; before any toggle
 * it follows the configuration, where alpha is frozen in the warm-up epochs and, if the method says
 * so, in the first joint ones or those of each stage. Hence a run frozen or thawed by hand stays so until it is toggled
 * again, the end of the warm-up included.
 *
 * @param epoch 1-based over the whole run.
 */
export function liveAt(
  config: Pick<EffectiveConfig, 'method' | 'swap' | 'warmup' | 'epochs' | 'options' | 'alpha'>,
  toggles: readonly Toggle[],
  epoch: number,
): Live {
  const past = toggles
    .filter((toggle) => toggle.fromEpoch <= epoch)
    .toSorted((a, b) => a.fromEpoch - b.fromEpoch);
  return past.reduce<Live>(
    (live, { swap = live.swap, l2 = live.l2, frozen = live.frozen }) => ({ swap, l2, frozen }),
    { swap: config.swap, l2: config.alpha.l2, frozen: isFrozen(config, epoch) },
  );
}

/** The parts that a change names. */
export const LIVE_PARTS = ['swap', 'l2', 'frozen'] as const satisfies (keyof LiveChange)[];

/** A change less the parts that are so already. */
export function effectiveChange(live: Live, change: LiveChange): LiveChange {
  const left = LIVE_PARTS.filter((part) => (change[part] ?? live[part]) !== live[part]);
  return Object.fromEntries(left.map((part) => [part, change[part]]));
}

/** The toggles with a change from an epoch on. Later ones stay: what they set holds from there. */
export function withChange(
  toggles: readonly Toggle[],
  fromEpoch: number,
  change: LiveChange,
): readonly Toggle[] {
  if (Object.keys(change).length === 0) return toggles;
  const same = toggles.find((toggle) => toggle.fromEpoch === fromEpoch);
  return [
    ...toggles.filter((toggle) => toggle.fromEpoch < fromEpoch),
    { ...same, ...change, fromEpoch },
    ...toggles.filter((toggle) => toggle.fromEpoch > fromEpoch),
  ];
}

/**
 * Whether a run is of its configuration alone: neither changed in mid-run nor branched off from
 * another. Only such runs are seeds of a regime, to be pooled and judged.
 */
export function isPlain({ toggles, fork }: Pick<RunHead, 'toggles' | 'fork'>): boolean {
  return toggles.length === 0 && fork === undefined;
}

/** `rates swapped, L2 .005`; empty for no change. */
export function changeWords({ swap, l2, frozen }: LiveChange): string {
  const parts: string[] = [];
  if (swap !== undefined) parts.push(swap ? 'rates swapped' : 'rates swapped back');
  if (l2 !== undefined) parts.push(`L2 ${String(l2).replace(/^0\./, '.')}`);
  if (frozen !== undefined) parts.push(frozen ? 'alpha frozen' : 'alpha released');
  return parts.join(', ');
}
