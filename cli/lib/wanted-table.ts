import type { Scale } from '../../src/paper/config';
import { formatScale, scaleByName } from '../../src/paper/scale';
import { TABLE_PARTS, tableEntries, type TableEntry } from '../../src/paper/scaled-table';
import { oneShotTableEntries } from '../../src/paper/space/one-shot-table';
import { oneShotSpaceByKey, spaceOf } from '../../src/paper/space/registry';
import type { CellSpaceKey } from '../../src/paper/space/space';
import type { StandAloneConfig } from '../../src/paper/stand-alone';
import type { Recording } from './recordings';
import type { TableFile } from './table-file';

/** A table to be made: what is on the disk, and all that it asks for. */
export interface WantedTable {
  readonly space: CellSpaceKey;
  readonly config: StandAloneConfig;
  readonly file: TableFile;
  readonly entries: readonly TableEntry[];
}

/** A training that a table lacks. */
export interface WantedCell {
  readonly arch: string;
  readonly seed: number;
  readonly table: WantedTable;
}

/**
 * What a table of a space asks for, in the order of its parts.
 *
 * @param scale of the table; cells that runs of other scales visited come later
 * @param seeds of visited cells
 */
export function wantedEntries(
  space: CellSpaceKey,
  recordings: readonly Recording[],
  scale: string,
  seeds: number,
): TableEntry[] {
  const visited = visitedBy(recordings, space, ({ name }) => name === scale);
  const elsewhere = visitedBy(recordings, space, ({ name }) => name !== scale);
  return space === 'nas-bench-201'
    ? tableEntries(visited, elsewhere, seeds)
    : oneShotTableEntries(oneShotSpaceByKey(space), visited, elsewhere, seeds);
}

/** The cells that runs of a space derived at any epoch, at the scales asked for. */
function visitedBy(
  recordings: readonly Recording[],
  space: CellSpaceKey,
  isAsked: (scale: Scale) => boolean,
): string[] {
  const archs = recordings
    .flatMap(({ runs }) => runs)
    .filter(({ config: { effective } }) => spaceOf(effective).key === space)
    // By size: runs that chose the scale bear the name that it had before.
    .filter(({ config: { effective } }) => isAsked(scaleByName(formatScale(effective.scale))))
    .flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
  return [...new Set(archs)];
}

/** What the tables lack: a part of all of them before the next part of any. */
export function missingOf(tables: readonly WantedTable[]): WantedCell[] {
  return TABLE_PARTS.flatMap((part) =>
    tables.flatMap((table) =>
      table.entries
        .filter((entry) => entry.part === part && !table.file.has(entry.form, entry.seed))
        .map(({ arch, seed }) => ({ arch, seed, table })),
    ),
  );
}

/** How much of each part there is, line by line. */
export function sharesOf(tables: readonly WantedTable[]): string[] {
  return tables.flatMap(({ space, file, entries }) => [
    `${space}:`,
    ...TABLE_PARTS.flatMap((part) => {
      const wanted = entries.filter((entry) => entry.part === part);
      if (wanted.length === 0) return [];
      const done = wanted.filter(({ form, seed }) => file.has(form, seed)).length;
      return [`  ${part}: ${done} of ${wanted.length}`];
    }),
  ]);
}
