import { scaleByName } from '../../src/paper/scale';
import { resolveStandAlone } from '../../src/paper/stand-alone';
import type { CellSpaceKey } from '../../src/paper/space/space';
import {
  foldingOf,
  tableDigest,
  writeScaledTable,
  type ScaledTable,
} from '../../src/trace/scaled-table';
import { standAloneDigest } from '../../src/trace/stand-alone';

const NOW = '2026-01-31T12:00:00.000Z';

/**
 * The text of an INVENTED table that nobody trained, as `npm run scaled-table` would write it at `bench`.
 *
 * @param cells one of each class that counts as one
 */
export async function inventedScaledTable(
  space: CellSpaceKey,
  cells: ScaledTable['cells'],
): Promise<string> {
  const config = resolveStandAlone(
    'short',
    scaleByName('bench'),
    space === 'nas-bench-201' ? null : space,
  );
  const data = {
    name: 'synthetic',
    digest: 'd'.repeat(64),
    split: 'synthetic',
    resolution: 8,
    images: 4096,
  };
  const table: Omit<ScaledTable, 'digest'> = {
    format: 'alphascope-accuracy-table',
    version: 1,
    space,
    folding: foldingOf(space),
    config,
    configDigest: await standAloneDigest(config, data),
    data,
    environment: { backend: 'cpu', adapter: 'none, invented' },
    builds: ['test'],
    command: 'none: it is invented',
    machine: 'none',
    createdAt: NOW,
    updatedAt: NOW,
    cells,
  };
  return writeScaledTable({ ...table, digest: await tableDigest(table) });
}
