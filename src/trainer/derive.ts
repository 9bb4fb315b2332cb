import { epochOrder } from '../data/augment';
import { drawsOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { RandomStream } from '../data/random';
import type { TrialPlan } from '../engine/cell-trial';
import type { CellPolicy } from '../engine/method/policy';
import { METHODS } from '../engine/method/registry';
import type { Search } from '../engine/search';
import type { Alpha } from '../paper/cell';
import type { EffectiveConfig } from '../paper/config';
import { formatGenotype } from '../paper/genotype';
import { METHOD_FACTS } from '../paper/method/registry';
import { spaceOf } from '../paper/space/registry';

/** The architecture with which a search could end now. */
export interface Derived {
  readonly arch: string;
  /** Of each operation row, the column. */
  readonly cell: readonly number[];
}

/**
 * Cells to be tried after an epoch, each on clean images of alpha's half, a pass over all of them in
 * random order after the other; null where alpha's argmax is derived.
 */
export function trialPlan(
  { method, ops, scale: { batch } }: EffectiveConfig,
  set: Pick<ImageSet, 'count' | 'resolution'>,
  seed: number,
  epoch: number,
  alpha: Alpha,
  policy: CellPolicy | null = null,
): TrialPlan | null {
  const count = METHOD_FACTS[method].candidates;
  const { candidates } = METHODS[method];
  if (!candidates) return null;
  const stream = (purpose: string) => RandomStream.named(seed, `${purpose}/${epoch}`);
  const cells = candidates(alpha, ops, count, stream('candidates'), policy);
  const order = epochOrder(stream('trial'), set.count);
  const numbers = Array.from({ length: cells.length * batch }, (_, i) => order[i % set.count]!);
  return { cells, batch, draws: drawsOf(numbers, set.resolution, null) };
}

/** Alpha's argmax, or the most accurate of the cells that were tried, the first of equals. */
export async function derive(
  search: Pick<Search, 'accuracies'>,
  config: EffectiveConfig,
  alpha: Alpha,
  trial: TrialPlan | null,
): Promise<Derived> {
  const { ops } = config;
  if (!trial) {
    const space = spaceOf(config);
    const cell = alpha.slice(0, space.choices).map((row) => row.indexOf(Math.max(...row)));
    return { arch: space.derive(alpha, ops), cell };
  }
  const accuracies = await search.accuracies(trial);
  const cell = trial.cells[accuracies.indexOf(Math.max(...accuracies))]!;
  return { arch: formatGenotype(cell.map((column) => ops[column]!)), cell };
}
