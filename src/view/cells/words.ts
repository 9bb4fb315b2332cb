import type { Genotype } from '../../paper/cell';
import { SHORT_NAME } from '../../paper/operation';
import { TEST_IMAGES, type StandAloneConfig } from '../../paper/stand-alone';
import type { Summary } from '../../paper/statistics';
import type { StandAloneResult } from '../../trace/stand-alone';
import { bytes, count, rate } from '../format';
import { aboutDuration } from '../experiments/plan';
import type { CellCost } from './cost.svelte';
import type { Visited } from './visited.svelte';

const whole = (value: number) => value.toLocaleString('en');

/** `C=8, N=1, 8×8`. */
export function sizeWords({ channels, cells, resolution }: StandAloneConfig): string {
  return `C=${channels}, N=${cells}, ${resolution}×${resolution}`;
}

/** What a schedule does, in full. */
export function scheduleWords({ epochs, batch, weights, images }: StandAloneConfig): string {
  return (
    `${epochs} epochs over ${whole(images)} images in batches of ${batch}; ` +
    `SGD with Nesterov momentum ${weights.momentum}, rate ${rate(weights.rate)} falling to ` +
    `${rate(weights.rateMin)} along a cosine, decay ${weights.decay}. ` +
    `Tested once, on ${whole(TEST_IMAGES)} test images.`
  );
}

/** `tiny, short schedule: 12 epochs`. */
export function underWords({ scale, schedule, epochs }: StandAloneConfig): string {
  return `${scale}, ${schedule} schedule: ${epochs} epochs`;
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
export function shortCell(genotype: Genotype): string {
  return genotype.map((operation) => SHORT_NAME[operation]).join(' ');
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
export function visitedWords({ runs, epochs, archs, distinct }: Visited): string {
  const classes =
    distinct.length === archs
      ? 'no two of them isomorphic'
      : `${distinct.length} of which are not isomorphic to one another`;
  return `${count(runs, 'run')} derived ${count(archs, 'cell')} in ${count(epochs, 'epoch')}, ${classes}.`;
}
