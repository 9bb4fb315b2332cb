import { spaceByKey } from '../paper/space/registry';
import { canonicalJson } from './canonical';
import {
  foldingOf,
  SCALED_TABLE_FORMAT,
  SCALED_TABLE_VERSION,
  tableDigest,
  type ScaledTable,
} from './scaled-table';
import type { StandAloneResult } from './stand-alone';
import { without } from './without';

/**
 * A table of accuracies of cells that were measured one by one. A table is of one device: of results of
 * several it takes those of the device that has the most.
 *
 * @param results at least one, all of one configuration digest, one per cell and seed
 */
export async function tableOfResults(results: readonly StandAloneResult[]): Promise<ScaledTable> {
  const own = ofOneDevice(results).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
  const [first] = own as [StandAloneResult];
  const { config, configDigest, data, environment } = first;
  const key = config.space ?? 'nas-bench-201';
  const space = spaceByKey(key);
  const cells = new Map<string, StandAloneResult[]>();
  for (const result of own) {
    const form = space.form(result.arch);
    cells.set(form, [...(cells.get(form) ?? []), result]);
  }
  const table: Omit<ScaledTable, 'digest'> = {
    format: SCALED_TABLE_FORMAT,
    version: SCALED_TABLE_VERSION,
    space: key,
    folding: foldingOf(key),
    config,
    configDigest,
    data,
    environment: without(environment, 'build'),
    builds: [...new Set(own.map((result) => result.environment.build))].sort(),
    command: 'Use as accuracy table, on the page of cells',
    machine: 'a browser',
    createdAt: first.createdAt,
    updatedAt: own.at(-1)!.createdAt,
    cells: [...cells.values()].map((same) => ({
      arch: same[0]!.arch,
      results: same
        .map(({ seed, testAccuracy, testLoss }) => ({
          seed,
          accuracy: testAccuracy,
          loss: testLoss,
        }))
        .sort((a, b) => a.seed - b.seed),
    })),
  };
  return { ...table, digest: await tableDigest(table) };
}

function ofOneDevice(results: readonly StandAloneResult[]): StandAloneResult[] {
  const byDevice = new Map<string, StandAloneResult[]>();
  for (const result of results) {
    const key = canonicalJson(without(result.environment, 'build'));
    byDevice.set(key, [...(byDevice.get(key) ?? []), result]);
  }
  return [...byDevice.values()].reduce((most, own) => (own.length > most.length ? own : most));
}
