import type { AccuracyTable, UnfitTable } from '../accuracy-table';
import { spaceByKey } from '../space/registry';
import { ONE_SHOT_KEYS, type OneShotKey, type SpaceKey } from '../space/space';

/** A space whose accuracies a claim needs and does not get. */
export interface TableNeed {
  readonly space: SpaceKey;
  /** Name of the table that is at hand and does not do; null where there is none. */
  readonly table: string | null;
  /** What is wrong with it, a clause. */
  readonly why: string | null;
}

/** Spaces that have no table to judge with. */
export function needsOf(
  spaces: readonly SpaceKey[],
  tables: readonly AccuracyTable[],
  unfit: readonly UnfitTable[],
): TableNeed[] {
  return spaces
    .filter((space) => !tables.some((table) => table.space === space))
    .map((space) => {
      const here = unfit.find((table) => table.space === space);
      return { space, table: here?.name ?? null, why: here?.why ?? null };
    });
}

/**
 * Tables that lack cells which runs derived.
 *
 * @param derived architecture strings by space
 */
export function gapsOf(
  derived: ReadonlyMap<SpaceKey, ReadonlySet<string>>,
  tables: readonly AccuracyTable[],
): TableNeed[] {
  return tables.flatMap(({ space, name, floor, accuracy }) => {
    const archs = [...(derived.get(space) ?? [])];
    const missing = archs.filter((arch) => accuracy(arch) === undefined).length;
    const parts = [
      ...(missing > 0 ? [`${missing} of the ${archs.length} cells that these runs derived`] : []),
      ...(Number.isNaN(floor) ? ['the all-skip cell, which margin M needs'] : []),
    ];
    return parts.length === 0
      ? []
      : [{ space, table: name, why: `it lacks ${parts.join(', and ')}` }];
  });
}

/** Which tables are missing, and what is wrong with those that are there: a clause. */
export function needWords(needs: readonly TableNeed[]): string {
  const absent = needs.filter(({ table }) => table === null).map(({ space }) => space);
  const parts = needs
    .filter(({ table }) => table !== null)
    .map(({ table, why }) => `the table “${table}” does not do, since ${why}`);
  if (absent.length > 0) parts.unshift(`there is no accuracy table of ${spaceWords(absent)}`);
  return parts.join('; ');
}

/** What makes those tables, or goes on with them. */
export function tableCommand(needs: readonly TableNeed[]): string {
  return `npm run scaled-table -- --space ${needs.map(({ space }) => space).join(',')} --minutes M`;
}

/** `NAS-Bench-1Shot1, spaces 1 and 3`. */
function spaceWords(spaces: readonly SpaceKey[]): string {
  if (spaces.length === 1) return spaceByKey(spaces[0]!).label;
  const numbers = spaces.flatMap((space) => {
    const at = ONE_SHOT_KEYS.indexOf(space as OneShotKey);
    return at < 0 ? [] : [at + 1];
  });
  const others = spaces.filter((space) => space === 'nas-bench-201').map(labelOf);
  const last = numbers.at(-1)!;
  const list =
    numbers.length === 1
      ? `space ${last}`
      : `spaces ${numbers.slice(0, -1).join(', ')} and ${last}`;
  return [...others, `NAS-Bench-1Shot1, ${list}`].join(' and of ');
}

function labelOf(space: SpaceKey): string {
  return spaceByKey(space).label;
}
