import type { RunConfig } from '../paper/config';
import type { TableContent } from '../paper/table/table';
import { canonicalJson } from './canonical';
import type { DataIdentity, RunHead, Toggle, TraceRun } from './types';
import { without } from './without';

/** Raised when the same configuration starts to mean another computation. */
export const SCIENCE_VERSION = 1;

/** What a run computed and from what: all that its digest covers. */
export type Computed = Pick<TraceRun, 'seed' | 'config' | 'data' | 'toggles' | 'epochs'>;

/**
 * Identity of a regime: SHA-256 (lower-case hex) over the canonical JSON of
 * `{config, data: <data digest>, science}`. Seed and environment stay outside, so runs that differ
 * only in those share it. Toggles in mid-run are not part of it: see {@link regimeKey}.
 *
 * @param science the version under which the run was made; readers try the older ones too.
 */
export function configDigest(
  { config, data }: { readonly config: RunConfig; readonly data: DataIdentity },
  science = SCIENCE_VERSION,
): Promise<string> {
  return sha256(canonicalJson({ config, data: data.digest, science }));
}

/**
 * SHA-256 (lower-case hex) over the canonical JSON of {@link computedPart}. Two runs with equal
 * digests computed the same numbers from the same input, whatever they are called and however long
 * they took. It catches slips and naive edits, not forgery: only training again proves a run.
 */
export function runDigest(run: Computed): Promise<string> {
  return sha256(canonicalJson(computedPart(run)));
}

/**
 * Seed, configuration, data, toggles and epoch records without `seconds`. Uid, name, state, dates,
 * events, environment and the wording of the deviations stay outside.
 */
export function computedPart({ seed, config, data, toggles, epochs }: Computed): object {
  return {
    seed,
    config,
    data,
    toggles,
    epochs: epochs.map((record) => without(record, 'seconds')),
  };
}

/**
 * The digest of a run as it was after its first epochs: of these, and of the toggles up to them. A fork
 * names its parent's, and has the same.
 */
export function sharedDigest(run: Computed, epoch: number): Promise<string> {
  return runDigest({
    ...run,
    toggles: run.toggles.filter(({ fromEpoch }: Toggle) => fromEpoch <= epoch),
    epochs: run.epochs.slice(0, epoch),
  });
}

/**
 * Equal for runs that may share a mean and a band: the same configuration and the same changes in
 * mid-run. A run that was toggled is a regime of its own, and so is a fork: it shares one only with
 * forks of the same run at the same epoch.
 */
export function regimeKey({
  configDigest,
  toggles,
  fork,
}: Pick<RunHead, 'configDigest' | 'toggles' | 'fork'>): string {
  const parts = [configDigest];
  if (toggles.length > 0) parts.push(canonicalJson(toggles));
  if (fork !== undefined) parts.push(`fork of ${fork.parent} at ${fork.epoch}`);
  return parts.join(' ');
}

/** The same over the numbers of a table of accuracies and what they measure. */
export function tableDigest({ columns, values, oneShot }: TableContent): Promise<string> {
  const cells = oneShot === undefined ? [] : [`${oneShot.space} ${oneShot.forms.join()}`];
  const numbers = values.map((column, at) => `${columns[at]!.key} ${column.join()}`);
  return sha256([...cells, ...numbers].join('\n'));
}

/** SHA-256 of a text in UTF-8, lower-case hex. */
export async function sha256(text: string): Promise<string> {
  // Pages served over plain http from another machine have no crypto.subtle.
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error('Digests need a secure page: open it over https or from localhost.');
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
