import type { Genotype } from '../../paper/cell';
import { countGenotypeParameters } from '../../paper/count';
import { parseGenotype } from '../../paper/genotype';
import { SHORT_NAME } from '../../paper/operation';
import { prune } from '../../paper/space/one-shot';
import { countOneShotCellParameters } from '../../paper/space/one-shot-network';
import { parseOneShot } from '../../paper/space/one-shot-string';
import { oneShotKeyOf, oneShotSpaceByKey } from '../../paper/space/registry';
import { TEST_IMAGES, type StandAloneConfig } from '../../paper/stand-alone';
import type { Summary } from '../../paper/statistics';
import type { StandAloneResult } from '../../trace/stand-alone';
import { bytes, count, grouped, rate } from '../format';
import { aboutDuration } from '../experiments/plan';
import { shortOneShot } from './one-shot';
import type { CellCost } from './cost.svelte';
import type { Visited } from './visited.svelte';

/** `C=8, N=1, 8×8`. */
export function sizeWords({ channels, cells, resolution }: StandAloneConfig): string {
  return `C=${channels}, N=${cells}, ${resolution}×${resolution}`;
}

/** What a schedule does, in full. */
export function scheduleWords({ epochs, batch, weights, images }: StandAloneConfig): string {
  return (
    `${epochs} epochs over ${grouped(images)} images in batches of ${batch}; ` +
    `SGD with Nesterov momentum ${weights.momentum}, rate ${rate(weights.rate)} falling to ` +
    `${rate(weights.rateMin)} along a cosine, decay ${weights.decay}. ` +
    `Tested once, on ${grouped(TEST_IMAGES)} test images.`
  );
}

/** `tiny, short schedule: 12 epochs`; of another space than NAS-Bench-201 with its name. */
export function underWords({ space, scale, schedule, epochs }: StandAloneConfig): string {
  const of = space === undefined ? '' : `${oneShotSpaceByKey(space).label}, `;
  return `${of}${scale}, ${schedule} schedule: ${epochs} epochs`;
}

/** `61.32 ± 0.41 %, n = 3 seeds`. */
export function accuracyWords({ mean, std, n }: Summary): string {
  const spread = n > 1 ? ` ± ${std.toFixed(2)}` : '';
  return `${mean.toFixed(2)}${spread} %, ${n === 1 ? 'one seed' : `n = ${n} seeds`}`;
}

/** What computed a result: `wasm, build 1.0.0`. */
export function provenanceWords({ environment }: StandAloneResult): string {
  const { backend, adapter, build } = environment;
  return `${backend}, ${adapter}, build ${build}`;
}

/** Edges in the benchmark's order: `skip none 1×1 none none skip`. */
function shortCell(genotype: Genotype): string {
  return genotype.map((operation) => SHORT_NAME[operation]).join(' ');
}

/** An architecture string of any space in short. @throws GenotypeError */
export function shortArch(arch: string): string {
  const space = oneShotKeyOf(arch);
  if (space === null) return shortCell(parseGenotype(arch));
  return shortOneShot(parseOneShot(oneShotSpaceByKey(space).shape, arch));
}

/** Trainable weights of a cell's own network. @throws GenotypeError */
export function parametersOf(arch: string, config: StandAloneConfig): number {
  if (config.space === undefined) return countGenotypeParameters(parseGenotype(arch), config);
  const cell = parseOneShot(oneShotSpaceByKey(config.space).shape, arch);
  return countOneShotCellParameters(prune(cell), config);
}

/** What an order takes. @param cells that it trains, seeds counted apart */
export function costWords(cost: CellCost, cells: number): string {
  switch (cost.kind) {
    case 'unknown':
      return '';
    case 'measuring':
      return 'Measuring how long this takes here…';
    case 'failed':
      return `The time could not be measured: ${cost.message}`;
    case 'known': {
      const { seconds, bytes: memory, download, refusal } = cost.estimate;
      if (refusal !== null) return refusal;
      const first = download > 0 ? `, ${bytes(download)} to download first` : '';
      return `${count(cells, 'training')}, ${aboutDuration(seconds)} on this machine, ${bytes(memory)} of memory${first}.`;
    }
  }
}

/** How many cells a search has visited. */
export function visitedWords({ space, runs, epochs, archs, distinct }: Visited): string {
  if (space !== 'nas-bench-201') {
    const counted =
      distinct.length === archs ? '' : `, ${distinct.length} of which count as different`;
    return `${count(runs, 'run')} derived ${count(archs, 'cell')} of ${oneShotSpaceByKey(space).label} in ${count(epochs, 'epoch')}${counted}.`;
  }
  const classes =
    distinct.length === archs
      ? 'no two of them isomorphic'
      : `${distinct.length} of which are not isomorphic to one another`;
  return `${count(runs, 'run')} derived ${count(archs, 'cell')} in ${count(epochs, 'epoch')}, ${classes}.`;
}
