import { CELL_COUNT, genotypeAtIndex } from './benchmark-index';
import type { Genotype } from './cell';
import { formatGenotype, parseGenotype } from './genotype';
import { canonicalForm } from './isomorphism';
import { countOperations } from './magnitude';
import { OPERATIONS } from './operation';
import { RESNET_LIKE } from './table/lookup';

/** Edges with one operation from which on it dominates a cell: figure 6(a). */
const DOMINATED = 4;

/** Of so many visited cells one comes first, with two seeds. */
const NOISE_EVERY = 10;

/**
 * Why a cell is measured when it is, in this order: every tenth that was visited by runs at the table's
 * scale, with two seeds, so that the noise between seeds is known from the start; the others visited there;
 * those visited at another scale; the ResNet-like cell, to compare with; and so on. `further seeds` are
 * of cells visited at the table's scale.
 */
export const TABLE_PARTS = [
  'seed noise',
  'visited',
  'visited elsewhere',
  'reference',
  'figure 6(a)',
  'further seeds',
  'rest',
] as const;
export type TablePart = (typeof TABLE_PARTS)[number];

/** What a table asks for: a cell, for all that count as one with it, and a seed. */
export interface TableEntry {
  /** As its space writes it. */
  readonly arch: string;
  /** `SearchSpace.form` */
  readonly form: string;
  readonly part: TablePart;
  readonly seed: number;
}

/**
 * All measurements of a NAS-Bench-201 table in their order: cells that were visited, every tenth of them
 * first and with two seeds, the ResNet-like cell, cells that one operation dominates (on at least 4 of
 * 6 edges, operation by operation), further seeds of the cells visited at the table's scale, and the
 * rest; each by benchmark index. Of isomorphic cells (6,466 classes by the benchmark's rule) the one with
 * the lowest index stands for all, so that it is the same one whatever was visited.
 *
 * @param visited,elsewhere architecture strings
 * @param seeds of cells visited at the table's scale, at least one; other cells have one
 */
export function tableEntries(
  visited: Iterable<string>,
  elsewhere: Iterable<string>,
  seeds: number,
): TableEntry[] {
  const cells = Array.from({ length: CELL_COUNT }, (_, index) => genotypeAtIndex(index));
  const forms = cells.map((genotype) => canonicalForm(genotype));
  const standsFor = new Map<string, Genotype>();
  forms.forEach((form, index) => {
    if (!standsFor.has(form)) standsFor.set(form, cells[index]!);
  });
  const taken = new Map<string, TableEntry>();
  const add = (part: TablePart, belongs: (index: number) => boolean) =>
    forms.forEach((form, index) => {
      if (taken.has(form) || !belongs(index)) return;
      taken.set(form, { arch: formatGenotype(standsFor.get(form)!), form, part, seed: 0 });
    });
  for (const [part, archs] of [
    ['visited', visited],
    ['visited elsewhere', elsewhere],
  ] as const) {
    const wanted = new Set(Array.from(archs, (arch) => canonicalForm(parseGenotype(arch))));
    add(part, (index) => wanted.has(forms[index]!));
  }
  const reference = canonicalForm(RESNET_LIKE);
  add('reference', (index) => forms[index] === reference);
  for (const operation of OPERATIONS) {
    add('figure 6(a)', (index) => countOperations(cells[index]!)[operation] >= DOMINATED);
  }
  add('rest', () => true);
  return withFurtherSeeds([...taken.values()], seeds);
}

/** Adds further seeds of the cells visited at the table's scale, seed by seed. @returns all, part by part */
export function withFurtherSeeds(entries: readonly TableEntry[], seeds: number): TableEntry[] {
  const visited = entries.filter(({ part }) => part === 'visited');
  const isEarly = new Set(seeds > 1 ? visited.filter((_, at) => at % NOISE_EVERY === 0) : []);
  const further = Array.from({ length: seeds - 1 }, (_, i) =>
    visited.map((entry): TableEntry => {
      const part = i === 0 && isEarly.has(entry) ? 'seed noise' : 'further seeds';
      return { ...entry, part, seed: i + 1 };
    }),
  ).flat();
  const first = entries.map((entry): TableEntry =>
    isEarly.has(entry) ? { ...entry, part: 'seed noise' } : entry,
  );
  const all = [...first, ...further];
  return TABLE_PARTS.flatMap((part) => all.filter((entry) => entry.part === part));
}
