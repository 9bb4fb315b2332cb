import type { AccuracyTable } from '../../src/paper/accuracy-table';
import type { Alpha } from '../../src/paper/cell';
import type { BenchRun } from '../../src/paper/claim/runs';
import { armByKey, type ArmKey } from '../../src/paper/experiment/arm';
import { METHOD_FACTS } from '../../src/paper/method/registry';
import { spaceByKey } from '../../src/paper/space/registry';
import type { SpaceKey } from '../../src/paper/space/space';

/** Alpha of a choice at a joint epoch by operation; what is not named is 0. */
export type Logits = (epoch: number, choice: number) => Readonly<Record<string, number>>;

/** Alphas of an INVENTED search: never trained, for tests of predicates alone. */
export function inventedAlphas(arm: ArmKey, logits: Logits, epochs?: number): Alpha[] {
  const { space: key, ops, epochs: all } = armByKey(arm).values;
  const rows = spaceByKey(key).rows(ops);
  return Array.from({ length: epochs ?? all }, (_, at) =>
    rows.map(({ kind, columns }, row) => {
      if (kind !== 'operation') return columns.map((_name, column) => -column);
      const values = logits(at + 1, row);
      return columns.map((name) => values[name] ?? 0);
    }),
  );
}

/** An INVENTED run of an arm, complete unless told otherwise. */
export function inventedRun(
  arm: ArmKey,
  seed: number,
  logits: Logits,
  change: Partial<BenchRun> = {},
): BenchRun {
  const { space: key, ops, method } = armByKey(arm).values;
  const space = spaceByKey(key);
  const alphas = inventedAlphas(arm, logits);
  const tries = METHOD_FACTS[method].candidates > 0;
  return {
    uid: `${arm}-${String(seed).padStart(3, '0')}`,
    arm,
    seed,
    configDigest: `digest of ${arm}`,
    scale: 'invented',
    data: 'invented data',
    toggled: false,
    forked: false,
    finished: true,
    selfTestFailed: false,
    gap: 0.1,
    space,
    ops,
    alphas,
    ...(tries && { cells: alphas.map((alpha) => space.derive(alpha, ops)) }),
    ...change,
  };
}

/** The same trajectory for several seeds, of several arms. */
export function inventedRuns(
  seeds: readonly number[],
  arms: Partial<Record<ArmKey, Logits>>,
): BenchRun[] {
  return (Object.entries(arms) as [ArmKey, Logits][]).flatMap(([arm, logits]) =>
    seeds.map((seed) => inventedRun(arm, seed, logits)),
  );
}

/** A rise from 0 at epoch 1 to `height` at `peak`, and back at the same pace. */
export function tent(peak: number, height: number): (epoch: number) => number {
  return (epoch) => height * (1 - Math.abs(epoch - peak) / Math.max(1, peak));
}

/** `winner` on the first `count` choices, `other` on the rest; stronger with every epoch. */
export function held(winner: string, count: number, other = 'nor_conv_3x3'): Logits {
  return (epoch, choice) => ({ [choice < count ? winner : other]: 0.05 * epoch });
}

/** An INVENTED table: best 94, floor 54, hence a margin of 4 points. */
export function inventedTable(
  accuracy: (held: readonly string[]) => number | undefined,
  space: SpaceKey = 'nas-bench-201',
): AccuracyTable {
  return {
    name: `invented table of ${space}`,
    space,
    best: 94,
    floor: 54,
    accuracy: (arch) => accuracy(spaceByKey(space).held(arch)),
  };
}

/** How many of a cell's choices hold an operation. */
export function count(held: readonly string[], operation: string): number {
  return held.filter((name) => name === operation).length;
}
