import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '../../../src/paper/config';
import type { TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';

/** INVENTED runs of an arm, 50 epochs each; a group sets them apart from those of other arms. */
export async function inventedRuns(
  seeds: readonly number[],
  settings: Partial<Settings>,
  group = 0,
): Promise<TraceRun[]> {
  const epochs = 50 + (settings.warmup ?? 0);
  return Promise.all(
    seeds.map((seed) =>
      syntheticRun({
        seed,
        epochs,
        settings: { ...settings, epochs: 50 },
        uid: syntheticUid(1000 * group + seed),
        createdAt: new Date(Date.UTC(2026, 0, 1, 12, 0, seed)).toISOString(),
      }),
    ),
  );
}

/** One trace file a run, named by its uid, as `npm run search` leaves them. */
export function writeRuns(folder: string, runs: readonly TraceRun[]): void {
  for (const run of runs) writeFileSync(path.join(folder, `${run.uid}.json`), writeTrace([run]));
}
