import { marginOf } from '../../src/paper/accuracy-table';
import { CLASS_COUNT } from '../../src/paper/isomorphism';
import { spearman } from '../../src/paper/rank';
import { lookupOf, type Lookup } from '../../src/paper/table/lookup';
import { PLAIN_COLUMN } from '../../src/paper/table/table';
import { contentOf, seedNoise, type ScaledTable } from '../../src/trace/scaled-table';

/**
 * What a scaled table holds and is worth, a line each.
 *
 * @param against the benchmark's accuracies; null where they are not at hand
 */
export function tableReport(table: ScaledTable, against: Lookup | null): string[] {
  const own = lookupOf(contentOf(table), PLAIN_COLUMN.key);
  const counts = new Map<number, number>();
  for (const { results } of table.cells) {
    counts.set(results.length, (counts.get(results.length) ?? 0) + 1);
  }
  const seeds = [...counts]
    .map(([n, cells]) => `${cells} with ${n} ${n === 1 ? 'seed' : 'seeds'}`)
    .join(', ');
  const lines = [
    ...(table.space === 'nas-bench-201' ? benchmarkLines : oneShotLines)(table, own, seeds),
    `margin M ${shown(Number.isNaN(own.floor) ? null : marginOf(own), 'points')}, standard deviation between seeds ${shown(seedNoise(table), 'points')}`,
  ];
  if (against?.space !== own.space) return lines;
  const both = Array.from(own.values.keys()).filter(
    (index) => !Number.isNaN(own.values[index]!) && !Number.isNaN(against.values[index]!),
  );
  const rho = spearman(
    both.map((index) => own.values[index]!),
    both.map((index) => against.values[index]!),
  );
  return [
    ...lines,
    `Spearman correlation with ${against.name} over ${both.length} cells: ${rho.toFixed(3)}`,
  ];
}

function benchmarkLines({ cells }: ScaledTable, own: Lookup, seeds: string): string[] {
  return [
    `${own.name}: ${cells.length} of ${CLASS_COUNT} classes (${seeds}), which stand for ${own.count} of 15,625 cells`,
    `all-skip ${shown(own.floor, '%')}, ResNet-like ${shown(own.resnet, '%')}, best ${shown(own.best, '%')}`,
  ];
}

function oneShotLines({ cells }: ScaledTable, own: Lookup, seeds: string): string[] {
  return [
    `${own.name}: ${cells.length} cells (${seeds}), each with those that differ in the numbers of their blocks alone`,
    `lowest ${shown(own.floor, '%')}, best ${shown(own.best, '%')}`,
  ];
}

function shown(value: number | null, unit: string): string {
  return value === null || Number.isNaN(value) ? 'not measured yet' : `${value.toFixed(2)} ${unit}`;
}
