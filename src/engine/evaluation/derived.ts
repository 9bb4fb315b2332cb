import { CLASSES } from '../../data/images';
import { parseGenotype } from '../../paper/genotype';
import { prune } from '../../paper/space/one-shot';
import { parseOneShot } from '../../paper/space/one-shot-string';
import { oneShotSpaceByKey } from '../../paper/space/registry';
import type { StandAloneConfig } from '../../paper/stand-alone';
import type { Kernels, Tensor } from '../kernels';
import type { Batch } from '../network';
import type { Statistics } from '../statistics';
import type { EvaluationArchitecture } from './layout';
import { EvaluationNetwork, type EvaluationPass } from './network';
import type { OneShotCellArchitecture } from './one-shot-layout';
import { OneShotEvaluation } from './one-shot-network';
import type { TrackedParameters } from './tracked';

/** What fixes the shape of a derived cell's network, in any space. */
export type DerivedArchitecture = EvaluationArchitecture | OneShotCellArchitecture;

/** A derived cell's own network. */
export interface DerivedNetwork {
  readonly layout: TrackedParameters;
  /** See `EvaluationNetwork`. */
  forward(flat: Tensor, batch: Batch, statistics: Statistics): EvaluationPass;
}

/**
 * @param arch the cell as its space writes it; loose ends are dropped
 * @throws GenotypeError when it is none of the space
 */
export function derivedArchitecture(
  arch: string,
  {
    space,
    channels,
    cells,
    resolution,
  }: Pick<StandAloneConfig, 'space' | 'channels' | 'cells' | 'resolution'>,
): DerivedArchitecture {
  const size = { channels, cells, resolution, classes: CLASSES };
  if (space === undefined) return { ...size, genotype: parseGenotype(arch) };
  return { ...size, cell: prune(parseOneShot(oneShotSpaceByKey(space).shape, arch)) };
}

export function derivedNetwork(k: Kernels, architecture: DerivedArchitecture): DerivedNetwork {
  return 'cell' in architecture
    ? new OneShotEvaluation(k, architecture)
    : new EvaluationNetwork(k, architecture);
}
