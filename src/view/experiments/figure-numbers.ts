import type { TableModel } from '../chart/table';
import type { FigureModel } from './figure';
import { figureName } from './figures';

/**
 * The numbers of a panel in full, a row per line and epoch (RFC 4180): the mean and the sample
 * standard deviation (n − 1) that are drawn, and every seed. Epochs count from unfreezing.
 */
export function figureCsv({ spec, curves }: FigureModel): string {
  const seeds = [...new Set(curves.flatMap((curve) => curve.seeds))].sort((a, b) => a - b);
  const head = [
    'figure',
    'line',
    'epoch',
    'n',
    'mean',
    'sd',
    ...seeds.map((seed) => `seed ${seed}`),
  ];
  const rows = curves.flatMap((curve) =>
    curve.bundle.bands.flatMap(({ n, mean, std }, epoch) => {
      if (n === 0) return [];
      const values = seeds.map((seed) => {
        const at = curve.seeds.indexOf(seed);
        return at < 0 ? '' : String(curve.bundle.seeds[at]![epoch] ?? '');
      });
      const spread = Number.isNaN(std) ? '' : String(std);
      return [[spec.key, curve.key, epoch, n, mean, spread, ...values].join(',')];
    }),
  );
  return [head.join(','), ...rows, ''].join('\r\n');
}

/** The same for reading: a row per epoch. */
export function figureTable({ spec, curves, total }: FigureModel, unit: string): TableModel {
  const fixed = (value: number) => (Number.isFinite(value) ? value.toFixed(4) : '–');
  return {
    caption: `${figureName(spec)}, ${unit}: mean and standard deviation (n − 1) over seeds, by epoch since alpha was unfrozen.`,
    columns: ['epoch', ...curves.flatMap(({ name }) => [`${name} n`, name, `${name} s.d.`])],
    rows: () =>
      Array.from({ length: total }, (_, at) => [
        String(at + 1),
        ...curves.flatMap(({ bundle }) => {
          const band = bundle.bands[at + 1];
          return band === undefined
            ? ['0', '–', '–']
            : [String(band.n), fixed(band.mean), fixed(band.std)];
        }),
      ]),
  };
}
