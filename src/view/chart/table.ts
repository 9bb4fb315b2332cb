import { EDGES, type Alpha } from '../../paper/cell';
import { softmaxRows } from '../../paper/magnitude';
import { SHORT_NAME, type Operation } from '../../paper/operation';
import type { Quantity } from './quantity';
import {
  alphaStepBundles,
  magnitudeBundles,
  meanAlphaAt,
  recordBundle,
  recordedEpochs,
  type CurveBundle,
  type RegimeSeries,
  type Trajectory,
} from './series';
import { phasesOf, type Phase } from './phase';

/** The numbers behind a chart. Rows are made only when somebody opens the table. */
export interface TableModel {
  /** What the visitor opens; `Numbers` by default. */
  readonly name?: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
}

const MISSING = '–';

const fixed = (digits: number) => (value: number) =>
  Number.isFinite(value) ? value.toFixed(digits) : MISSING;
const four = fixed(4);

/** m(t, o) per epoch: mean and standard deviation of every operation, per regime. */
export function magnitudeTable(series: readonly RegimeSeries[]): TableModel {
  const parts = series.map((regime) => ({
    regime,
    columns: regime.ops.map((operation) => SHORT_NAME[operation]),
  }));
  return {
    caption:
      'Operation magnitude m(t, o): mean over the edges of softmax(alpha), then mean and standard deviation (n − 1) over seeds.',
    columns: ['epoch', ...columnsOf(parts, series.length > 1)],
    rows: () => epochRows(series.map(magnitudeBundles), 0, four),
  };
}

/** Mean steps of alpha per epoch, per regime. */
export function alphaStepTable(series: readonly RegimeSeries[]): TableModel {
  const parts = series.map((regime) => ({
    regime,
    columns: regime.ops.map((operation) => SHORT_NAME[operation]),
  }));
  return {
    caption:
      'Mean step of alpha in an epoch, in units of its rate, beside the others of its edge; mean over the edges, then mean and standard deviation (n − 1) over seeds.',
    columns: ['epoch', ...columnsOf(parts, series.length > 1)],
    rows: () => epochRows(series.map(alphaStepBundles), 1, four),
  };
}

/** The lines of a quantity per epoch. */
export function quantityTable(quantity: Quantity, series: readonly RegimeSeries[]): TableModel {
  const parts = series.map((regime) => ({
    regime,
    columns: quantity.lines.map((line) => line.label),
  }));
  return {
    caption: `${quantity.title} (${quantity.unit}): mean and standard deviation (n − 1) over seeds.`,
    columns: ['epoch', ...columnsOf(parts, series.length > 1)],
    rows: () =>
      epochRows(
        series.map(({ trajectories }) =>
          quantity.lines.map((line) => recordBundle(trajectories, line.value)),
        ),
        1,
        (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(5))) : MISSING),
      ),
  };
}

/** softmax(alpha): a row per edge. */
export function alphaTable(alpha: Alpha, ops: readonly Operation[]): TableModel {
  return {
    caption: 'softmax(alpha) of every edge, to four decimals; each row sums to one.',
    columns: ['edge', ...ops.map((operation) => SHORT_NAME[operation])],
    rows: () =>
      softmaxRows(alpha).map((row, edge) => [
        EDGES[edge]!.name.replace('<-', '←'),
        ...row.map(four),
      ]),
  };
}

/** softmax(alpha) of every edge and operation over the epochs, mean over seeds. */
export function alphaOverTimeTable(trajectories: readonly Trajectory[]): TableModel {
  const ops = trajectories[0]?.ops ?? [];
  return {
    caption: 'softmax(alpha) at the end of every epoch, mean over seeds.',
    columns: [
      'epoch',
      ...EDGES.flatMap((edge) =>
        ops.map((operation) => `${edge.name.replace('<-', '←')} ${SHORT_NAME[operation]}`),
      ),
    ],
    rows: () =>
      trajectories.length === 0
        ? []
        : Array.from({ length: recordedEpochs(trajectories) + 1 }, (_, epoch) => [
            String(epoch),
            ...softmaxRows(meanAlphaAt(trajectories, epoch)).flat().map(four),
          ]),
  };
}

/** Which operation leads: a row per seed and phase. */
export function phaseTable(series: readonly RegimeSeries[]): TableModel {
  const several = series.length > 1;
  return {
    name: 'Phases',
    caption: 'The operation with the largest magnitude, per seed, from epoch to epoch.',
    columns: [...(several ? ['regime'] : []), 'seed', 'from epoch', 'to epoch', 'leads'],
    rows: () =>
      series.flatMap(({ label, trajectories }) =>
        trajectories.flatMap((trajectory) =>
          phasesOf(trajectory).map(({ from, to, leader }) => [
            ...(several ? [label] : []),
            String(trajectory.seed),
            String(from),
            String(to),
            LEADS[leader],
          ]),
        ),
      ),
  };
}

const LEADS: Readonly<Record<Phase['leader'], string>> = {
  ...SHORT_NAME,
  frozen: 'alpha frozen',
  level: 'level',
};

interface Part {
  readonly regime: RegimeSeries;
  readonly columns: readonly string[];
}

function columnsOf(parts: readonly Part[], several: boolean): string[] {
  return parts.flatMap(({ regime, columns }) => {
    const of = several ? `${regime.label}: ` : '';
    return [`${of}n`, ...columns.flatMap((column) => [`${of}${column}`, `${of}${column} s.d.`])];
  });
}

function epochRows(
  regimes: readonly (readonly CurveBundle[])[],
  first: number,
  format: (value: number) => string,
): string[][] {
  const length = Math.max(0, ...regimes.flat().map((bundle) => bundle.bands.length));
  return Array.from({ length: Math.max(0, length - first) }, (_, row) => {
    const epoch = row + first;
    return [
      String(epoch),
      ...regimes.flatMap((bundles) => [
        String(Math.max(0, ...bundles.map((bundle) => bundle.bands[epoch]?.n ?? 0))),
        ...bundles.flatMap((bundle) => {
          const band = bundle.bands[epoch];
          return band === undefined ? [MISSING, MISSING] : [format(band.mean), format(band.std)];
        }),
      ]),
    ];
  });
}
