import { benchmarkIndex, CELL_COUNT } from '../../paper/benchmark-index';
import type { Genotype } from '../../paper/cell';
import { countGenotypeParameters } from '../../paper/count';
import { formatGenotype } from '../../paper/genotype';
import { isomorphicCount } from '../../paper/isomorphic-cells';
import { isConnected } from '../../paper/isomorphism';
import { usedBlocks } from '../../paper/space/one-shot';
import { formatOneShot } from '../../paper/space/one-shot-string';
import { oneShotSpaceByKey } from '../../paper/space/registry';
import type { StandAloneConfig } from '../../paper/stand-alone';
import { grouped } from '../format';
import type { ShownOneShot } from './cells.svelte';
import { nodesWords } from './one-shot';
import { parametersOf } from './words';

/** What is known of a cell before it is trained. */
export interface Fact {
  readonly term: string;
  /** A cell's string that stands before the words. */
  readonly code?: string;
  readonly words: string;
}

type Size = Pick<StandAloneConfig, 'channels' | 'cells'>;

/** Of the benchmark's own networks. */
const FULL: Size = { channels: 16, cells: 5 };

/** @param config how it would be trained; null while that is not known */
export function cellFacts(genotype: Genotype, config: StandAloneConfig | null): Fact[] {
  const others = isomorphicCount(genotype) - 1;
  const isFull = config?.channels === FULL.channels && config.cells === FULL.cells;
  return [
    { term: 'NAS-Bench-201 index', words: grouped(benchmarkIndex(genotype)) },
    ...(isFull ? [] : sizeFacts(formatGenotype(genotype), config)),
    sizeFact(FULL, countGenotypeParameters(genotype, FULL)),
    {
      term: 'cells isomorphic to it',
      words: `${others === 0 ? 'no other' : `${grouped(others)} others`} of ${grouped(CELL_COUNT)}`,
    },
    {
      term: 'output',
      words: isConnected(genotype)
        ? 'connected to the input'
        : 'cut off: only none leads to it, so every image looks the same',
    },
  ];
}

/** The same of a cell of NAS-Bench-1Shot1, loose ends included. */
export function oneShotFacts(
  { space: key, cell }: ShownOneShot,
  config: StandAloneConfig | null,
): Fact[] {
  const space = oneShotSpaceByKey(key);
  const name = formatOneShot(cell);
  const form = space.form(name);
  const used = usedBlocks(cell);
  const loose = cell.ops.flatMap((_, at) => (used.has(at + 1) ? [] : [at + 1]));
  const unused =
    loose.length === 0
      ? ''
      : `; the output is not reached from ${nodesWords(loose)}, ` +
        `so the network has ${loose.length === 1 ? 'it' : 'them'} not`;
  return [
    { term: 'search space', words: space.label },
    ...sizeFacts(name, config),
    { term: 'blocks in use', words: `${used.size} of ${cell.ops.length}${unused}` },
    {
      term: 'counts as',
      ...(form === name
        ? { words: 'itself' }
        : {
            code: form,
            words: ', which has other numbers or no loose ends and is trained in its place',
          }),
    },
  ];
}

function sizeFacts(arch: string, config: StandAloneConfig | null): Fact[] {
  return config === null ? [] : [sizeFact(config, parametersOf(arch, config))];
}

function sizeFact({ channels, cells }: Size, parameters: number): Fact {
  return { term: `parameters, C=${channels} N=${cells}`, words: grouped(parameters) };
}
