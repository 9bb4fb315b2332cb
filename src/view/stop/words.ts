import type { AccuracyTable } from '../../paper/accuracy-table';
import type { PrintedAccuracy } from '../../paper/printed';
import type { Summary } from '../../paper/statistics';
import { rate as shortRate } from '../format';
import type { TextTable } from '../text-table';
import type { Identity, Outcome, StopSeed } from './outcome';
import { shortOf } from './rules';
import type { SweepArm, SweepRow } from './sweep';

const MISSING = '–';

/** `12.4 ± 3.1`, or the value alone of one seed, which has no spread. */
export function spread({ n, mean, std }: Summary): string {
  return n > 1 ? `${mean.toFixed(1)} ± ${std.toFixed(1)}` : String(mean);
}

/** The same of accuracies, percent. */
function accuracySpread(summary: Summary | null): string {
  if (summary === null) return MISSING;
  const { n, mean, std } = summary;
  return n > 1 ? `${mean.toFixed(2)} ± ${std.toFixed(2)}` : mean.toFixed(2);
}

/** As the paper prints it. */
function accuracy(printed: PrintedAccuracy | null): string {
  if (printed === null) return MISSING;
  const mean = printed.mean.toFixed(2);
  return printed.std === null ? mean : `${mean} ± ${printed.std.toFixed(2)}`;
}

/** What the rules make of the searches, against training to the end. */
export function outcomeSentence(outcomes: readonly Outcome[], seeds: readonly StopSeed[]): string {
  const who = seeds.length === 1 ? `Seed ${seeds[0]!.seed}` : `Mean of ${seeds.length} seeds`;
  const parts = outcomes.flatMap(({ name, pooled }) =>
    pooled === null
      ? []
      : [
          `${name}: ${mean(pooled.epochs)} (${mean(pooled.skips)}${never(pooled.triggered, pooled.seeds.length)})`,
        ],
  );
  const ends = seeds.map(({ curves }) => curves.held[curves.ops.indexOf('skip_connect')]);
  const last = ends.map((held) => held?.[held.length - 1] ?? 0);
  const end = last.reduce((sum, value) => sum + value, 0) / Math.max(1, last.length);
  return `${who}, epoch returned (skip-connects of its cell): ${parts.join('; ')}. The last epoch’s cell has ${Number(end.toFixed(1))}.`;
}

/** Whether Eq. 12 and Eq. 13 agreed on these searches, as they must. */
export function identitySentence(
  operation: string,
  { operations, same, n, largest }: Identity,
): string {
  const rounding = largest === 0 ? 'exactly' : `to within ${largest.toExponential(0)}`;
  return `Eq. 12 and Eq. 13 return the same epoch for ${shortOf(operation)} in ${same} of ${n} ${n === 1 ? 'seed' : 'seeds'}: magnitudes sum to one, so Eq. 13 is ${operations} m − 1 in every epoch, here ${rounding}.`;
}

/** A row per rule, as on screen: the mean first, since five seeds are wider than most screens. */
export function outcomeTable(
  outcomes: readonly Outcome[],
  seeds: readonly StopSeed[],
  table: AccuracyTable | null = null,
): TextTable {
  const ifTabled = (...cells: readonly string[]) => (table === null ? [] : cells);
  const source = table === null ? '' : ` Accuracies (%): ${table.name}.`;
  return {
    caption: `Epoch that each rule returns and skip-connects of its cell, as mean ± standard deviation (n − 1), then per seed.${source}`,
    columns: [
      'rule',
      'epoch',
      'skips',
      ...ifTabled('accuracy'),
      'triggered',
      'epoch in the mean of seeds',
      ...seeds.flatMap(({ seed }) => [
        `seed ${seed} epoch`,
        `seed ${seed} skips`,
        ...ifTabled(`seed ${seed} accuracy`),
      ]),
    ],
    rows: outcomes.flatMap(({ name, pooled }) =>
      pooled === null
        ? []
        : [
            [
              name,
              spread(pooled.epochs),
              spread(pooled.skips),
              ...ifTabled(accuracySpread(pooled.accuracies)),
              `${pooled.triggered} of ${pooled.seeds.length}`,
              String(pooled.inMean?.epoch ?? MISSING),
              ...pooled.seeds.flatMap(({ epoch, skips, accuracy }) => [
                String(epoch),
                String(skips),
                ...ifTabled(accuracy === null ? MISSING : accuracy.toFixed(2)),
              ]),
            ],
          ],
    ),
  };
}

/** Every returned cell. */
export function cellTable(
  outcomes: readonly Outcome[],
  table: AccuracyTable | null = null,
): TextTable {
  return {
    caption: 'The cell that each rule returns. An online rule trains until the epoch it knew.',
    columns: [
      ...['rule', 'seed', 'epoch', 'knew at epoch', 'triggered', 'skips', 'cell'],
      ...(table === null ? [] : [`accuracy (%), ${table.name}`]),
    ],
    rows: outcomes.flatMap(({ name, pooled }) =>
      (pooled?.seeds ?? []).map(({ seed, epoch, decidedAt, triggered, skips, arch, accuracy }) => [
        name,
        String(seed),
        String(epoch),
        String(decidedAt),
        triggered ? 'yes' : 'no',
        String(skips),
        arch,
        ...(table === null ? [] : [accuracy === null ? MISSING : accuracy.toFixed(2)]),
      ]),
    ),
  };
}

/**
 * Table 3 in one row of columns.
 *
 * @param test accuracies of our cells on this data set; without them none stand there.
 */
export function table3Text(
  rows: readonly SweepRow[],
  arms: readonly SweepArm[],
  data: string,
  test: AccuracyTable | null,
): TextTable {
  const ifTabled = (cell: string) => (test === null ? [] : [cell]);
  return {
    caption: `Table 3: printed ${data} test accuracy (percent), and ${test === null ? '' : 'accuracy, '}epoch and skip-connects at the stop in our runs, by weight rate.${test === null ? '' : ` Our accuracies: ${test.name}.`}`,
    columns: [
      'method',
      ...arms.flatMap(({ rate, runs }) => {
        const at = shortRate(rate);
        return [
          `${at} printed`,
          ...ifTabled(`${at} ours`),
          `${at} epoch (n = ${runs.length})`,
          `${at} skips`,
        ];
      }),
      'note',
    ],
    rows: rows.map(({ method, missing, cells }) => [
      method,
      ...cells.flatMap(({ printed, ours, test }) => [
        accuracy(printed),
        ...ifTabled(accuracySpread(test)),
        ours === null ? MISSING : spread(ours.epochs),
        ours === null ? MISSING : spread(ours.skips),
      ]),
      missing ?? '',
    ]),
  };
}

function mean(summary: Summary): string {
  return String(Number(summary.mean.toFixed(1)));
}

function never(triggered: number, n: number): string {
  if (triggered === n) return '';
  return n === 1 ? ', never triggered' : `, triggered in ${triggered} of ${n}`;
}
