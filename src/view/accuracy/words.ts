import { CELL_COUNT, genotypeAtIndex } from '../../paper/benchmark-index';
import { formatGenotype } from '../../paper/genotype';
import { SENTENCE_NAME, SHORT_NAME } from '../../paper/operation';
import type { Dominated } from '../../paper/table/dominated';
import type { Lookup } from '../../paper/table/lookup';
import { spaceByKey } from '../../paper/space/registry';
import type { TableColumn, TrainedHere } from '../../paper/table/table';
import type { TableHead } from '../../store/stored-table';
import type { RegimeSeries } from '../chart/series';
import type { TableModel } from '../chart/table';
import { count, grouped, shortTime } from '../format';
import { accuracyBundle } from './curves';

/** `93.76`: percent as the benchmark's papers print it. */
export function percent(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '–';
}

/** `12 of 15,625`. */
export function rankWords(accuracy: number, { rank, count }: Lookup): string {
  return `${grouped(rank(accuracy))} of ${grouped(count)}`;
}

/** What stands beside every accuracy of this column; null where there is nothing to know. */
export function caveat({ dataSet, split }: TableColumn): string | null {
  if (dataSet !== 'CIFAR-10') return null;
  const here =
    split === 'test'
      ? 'test is of networks trained on all'
      : 'validation is of networks trained on half';
  return `CIFAR-10: ${here} of the training images. Validation and test are of two trainings, so their difference is no gap of one network.`;
}

/** Points from the all-skip to the best cell in NAS-Bench-201, CIFAR-10 test. */
const BENCHMARK_GAP = 40;

/** What to make of accuracies that were trained at a scale of our own. */
export function trainedNote(
  { seeds, noise }: TrainedHere,
  { space, best, floor, resnet }: Lookup,
): string {
  const trained =
    seeds > 1
      ? `Up to ${count(seeds, 'seed')} each, which differ by ${percent(noise ?? NaN)} points (s.d.).`
      : 'One seed each.';
  const small = 'Small networks on few, small images:';
  if (space !== 'nas-bench-201') {
    return `${small} from ${percent(floor)} to ${percent(best)} % over the cells in the table. ${trained}`;
  }
  const warning =
    best - floor < BENCHMARK_GAP / 2
      ? ` In the benchmark ${BENCHMARK_GAP} points lie between all-skip and best: these accuracies cannot stand for it.`
      : '';
  const reached = (value: number) =>
    Number.isNaN(value) ? 'is not measured yet' : `reaches ${percent(value)} %`;
  return (
    `${small} skip-connect on every edge ${reached(floor)}, the ` +
    `ResNet-like cell ${reached(resnet)}, the best cell ${reached(best)}. ${trained}${warning}`
  );
}

/** What a space's table in use is for. @param unfit why claims are not judged with it; null when they are */
export function judgingWords(unfit: string | null): string {
  return unfit === null
    ? 'Figures of accuracy are drawn and claims are judged with this column.'
    : `Figures of accuracy are drawn with this table. Claims are judged without it: ${unfit}.`;
}

/** What a table is, in a line. */
export function tableFacts(head: TableHead): string {
  const { columns, source, id, folding, addedAt, oneShot } = head;
  const shared = folding === null ? [] : ['isomorphic cells share a measurement'];
  const renumbered =
    oneShot === undefined
      ? []
      : ['cells that differ in the numbers of their blocks alone share a measurement'];
  return [
    measuredWords(head),
    ...shared,
    ...renumbered,
    count(columns.length, 'column'),
    `from ${source}, ${shortTime(addedAt)}`,
    `SHA-256 ${id.slice(0, 12)}`,
  ].join(' · ');
}

/** `all 15,625 cells`; of another space, how many there are is not told. */
function measuredWords({ cells, oneShot }: TableHead): string {
  const own = grouped(cells);
  if (oneShot !== undefined) return `${own} cells of ${spaceByKey(oneShot.space).label}`;
  if (cells === CELL_COUNT) return `all ${own} cells`;
  return `${own} of ${grouped(CELL_COUNT)} cells`;
}

/** The accuracy at an epoch, and where it was best. What does not depend on the epoch is worked out once. */
export function accuracySentence(
  series: readonly RegimeSeries[],
  lookup: Lookup,
): (epoch: number) => string {
  const parts = series.map((regime) => {
    const { bands } = accuracyBundle(regime, lookup);
    const known = bands.filter(({ n }) => n > 0);
    const who = series.length > 1 ? `${regime.label}: ` : '';
    if (known.length === 0) return () => `${who}no cell of this search is in the table.`;
    const best = known.reduce((top, band) => (band.mean > top.mean ? band : top));
    const end = `the best was ${percent(best.mean)} % at epoch ${bands.indexOf(best)}.`;
    return (epoch: number) => {
      const at = Math.min(Math.max(1, Math.floor(epoch + 1e-9)), bands.length - 1);
      const here = bands[at]!;
      const now =
        here.n === 0
          ? 'the derived cell is not in the table'
          : `the derived cell has ${percent(here.mean)} %${here.n > 1 ? ` (mean, n = ${here.n})` : `, rank ${rankWords(here.mean, lookup)}`}`;
      return `${who}at epoch ${at} ${now}; ${end}`;
    };
  });
  const missing = series.reduce((sum, regime) => sum + gapsIn(regime, lookup), 0);
  const gaps =
    missing === 0
      ? ''
      : ` ${count(missing, 'cell')} on the way ${missing === 1 ? 'is' : 'are'} not in the table.`;
  return (epoch) => `${lookup.name}: ${parts.map((part) => part(epoch)).join(' ')}${gaps}`;
}

/** Epochs of all seeds whose cell the table lacks. */
function gapsIn(regime: RegimeSeries, lookup: Lookup): number {
  const { seeds } = accuracyBundle(regime, lookup);
  return seeds.reduce(
    (sum, seed) => sum + seed.slice(1).filter((value) => value === null).length,
    0,
  );
}

/** q(t), its mean and spread: a row per epoch. */
export function accuracyTable(series: readonly RegimeSeries[], lookup: Lookup): TableModel {
  const several = series.length > 1;
  return {
    caption: `Accuracy of the derived cell (%), ${lookup.name}: every seed, mean and standard deviation (n − 1).`,
    columns: [
      'epoch',
      ...series.flatMap(({ label, trajectories }) => {
        const of = several ? `${label}: ` : '';
        const seeds = trajectories.map(({ seed }) => `${of}seed ${seed}`);
        return [...seeds, `${of}n`, `${of}mean`, `${of}s.d.`];
      }),
    ],
    rows: () => {
      const bundles = series.map((regime) => accuracyBundle(regime, lookup));
      const length = Math.max(0, ...bundles.map(({ bands }) => bands.length));
      return Array.from({ length: Math.max(0, length - 1) }, (_, at) => [
        String(at + 1),
        ...bundles.flatMap(({ seeds, bands }) => {
          const band = bands[at + 1];
          return [
            ...seeds.map((seed) => percent(seed[at + 1] ?? NaN)),
            String(band?.n ?? 0),
            percent(band?.mean ?? NaN),
            percent(band?.std ?? NaN),
          ];
        }),
      ]);
    },
  };
}

/** Figure 6(a) in words: operations by the mean of the cells that they dominate. */
export function dominatedSentence(dominated: readonly Dominated[], { name }: Lookup): string {
  const known = dominated
    .filter(({ summary }) => summary.n > 0)
    .sort((a, b) => b.summary.mean - a.summary.mean);
  if (known.length === 0) return `${name}: no cell that one operation dominates is in the table.`;
  const means = known.map(
    ({ operation, summary }) => `${SENTENCE_NAME[operation]} ${percent(summary.mean)} %`,
  );
  return `${name}: cells that use one operation on four or more of six edges have, on average: ${means.join(', ')}.`;
}

export function dominatedTable(dominated: readonly Dominated[], { name }: Lookup): TableModel {
  return {
    caption: `Accuracy (%) of the cells that use an operation on at least 4 of 6 edges, ${name}.`,
    columns: ['operation', 'cells', 'in the table', 'mean', 's.d.', 'least', 'median', 'most'],
    rows: () =>
      dominated.map(({ operation, cells, summary }) => [
        SHORT_NAME[operation],
        String(cells),
        String(summary.n),
        ...[summary.mean, summary.std, summary.min, summary.median, summary.max].map(percent),
      ]),
  };
}

/** Every cell that is drawn (RFC 4180). */
export function dominatedCsv(dominated: readonly Dominated[]): string {
  const rows = dominated.flatMap(({ operation, indices, accuracies }) =>
    indices.map((index, at) =>
      [operation, index, formatGenotype(genotypeAtIndex(index)), accuracies[at]].join(','),
    ),
  );
  return ['operation,index,arch,accuracy', ...rows, ''].join('\r\n');
}
