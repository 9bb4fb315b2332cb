import { color } from 'd3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EDGES } from '../../../src/paper/cell';
import { operationMagnitude, softmaxRows } from '../../../src/paper/magnitude';
import { OPERATIONS } from '../../../src/paper/operation';
import { dodge } from '../../../src/view/chart/dodge';
import { heatMaximum, strengthsOverTime } from '../../../src/view/chart/heat';
import { heatColour } from '../../../src/view/chart/heat-colour';
import { marksOf, phasesOf } from '../../../src/view/chart/phase';
import { changeWords } from '../../../src/trace/toggle';
import { contrast, luminance } from '../../../src/view/chart/palette';
import { layoutPlot } from '../../../src/view/chart/plot';
import { LOSS, RATES } from '../../../src/view/chart/quantity';
import { layoutCell, traceRibbon } from '../../../src/view/chart/ribbon';
import {
  alphaAt,
  alphaStepBundles,
  magnitudeBundles,
  meanAlphaAt,
  meanAt,
  plannedEpochs,
  recordBundle,
  recordedEpochs,
} from '../../../src/view/chart/series';
import {
  alphaStepSummary,
  alphaSummary,
  cellSummary,
  edgeSummary,
  magnitudeSummary,
  phaseSummary,
  quantitySummary,
  seedCount,
  share,
} from '../../../src/view/chart/summary';
import { alphaOverTimeTable, magnitudeTable, quantityTable } from '../../../src/view/chart/table';
import { regime, trajectory } from '../../support/trajectory';

const position = fc.double({ min: -500, max: 500, noNaN: true });

describe('mean steps of alpha', () => {
  test('are those between two records, over rate and steps; none in the first epoch or the warm-up', () => {
    const run = trajectory({ total: 6, recorded: 5 });
    const { epochs } = run;
    const frozen = { ...epochs[1]!, phase: 'warmup' as const };
    const steps = 4;
    const series = regime('x', [
      { ...run, stepsPerEpoch: steps, epochs: [epochs[0]!, frozen, ...epochs.slice(2)] },
    ]);
    const bundles = alphaStepBundles(series);
    expect(bundles).toHaveLength(OPERATIONS.length);
    expect(bundles[0]!.bands.map(({ n }) => n)).toEqual([0, 0, 0, 1, 1, 1]);
    const [before, after] = [epochs[3]!, epochs[4]!];
    const moved = after.alpha.map((row, edge) =>
      row.map((value, column) => value - before.alpha[edge]![column]!),
    );
    const of = (column: number) =>
      moved.reduce(
        (sum, row) => sum + row[column]! - row.reduce((a, b) => a + b, 0) / row.length,
        0,
      ) /
      (moved.length * after.rateAlpha! * steps);
    bundles.forEach((bundle, column) => expect(bundle.bands[5]!.mean).toBeCloseTo(of(column), 8));
    const most = OPERATIONS.map((_, column) => of(column));
    expect(alphaStepSummary([series], 5)).toContain(
      share(Math.abs(Math.max(...most))).replace(/^/, '+'),
    );
    expect(alphaStepSummary([series], 2)).toBe('No step of alpha is known at epoch 2.');
  });
});

describe('dodge', () => {
  test('keeps a distance, the order and the range wherever labels fit', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 12 }), (wanted) => {
        const placed = dodge(wanted, 13, [-300, 300]);
        const sorted = placed.toSorted((a, b) => a - b);
        for (const [index, at] of sorted.entries()) {
          expect(at).toBeGreaterThanOrEqual(-300 - 1e-9);
          expect(at).toBeLessThanOrEqual(300 + 1e-9);
          if (index > 0) expect(at - sorted[index - 1]!).toBeGreaterThanOrEqual(13 - 1e-9);
        }
        for (const [a, first] of wanted.entries()) {
          for (const [b, second] of wanted.entries()) {
            if (first < second) expect(placed[a]!).toBeLessThan(placed[b]!);
          }
        }
      }),
    );
  });

  test('leaves alone what does not collide, and centres what does', () => {
    expect(dodge([80, 10, 50], 13, [0, 100])).toEqual([80, 10, 50]);
    expect(dodge([50, 50], 10, [0, 100])).toEqual([45, 55]);
    expect(dodge([98, 99], 10, [0, 100])).toEqual([90, 100]);
    expect(dodge([], 10, [0, 100])).toEqual([]);
  });
});

describe('series', () => {
  const run = trajectory({ total: 4, recorded: 3 });

  test('counts what is recorded and planned', () => {
    expect(recordedEpochs([run])).toBe(3);
    expect(plannedEpochs([run])).toBe(4);
    expect(recordedEpochs([])).toBe(0);
    expect(plannedEpochs([])).toBe(1);
  });

  test('alpha is the stored one at whole epochs, level before, held after', () => {
    expect(alphaAt(run, 2)).toBe(run.epochs[1]!.alpha);
    expect(
      alphaAt(run, 0)
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
    expect(alphaAt(run, 9)).toBe(run.epochs[2]!.alpha);
  });

  test('alpha passes through the step snapshots inside an epoch', () => {
    const alpha = EDGES.map(() => OPERATIONS.map(() => 7));
    const second = { ...run.epochs[1]!, steps: [{ step: 16, alpha }] };
    const stepped = { ...run, stepsPerEpoch: 64, epochs: [run.epochs[0]!, second] };
    expect(alphaAt(stepped, 1.25)[0]![0]).toBeCloseTo(7, 12);
    const start = run.epochs[0]!.alpha[0]![0]!;
    expect(alphaAt(stepped, 1.125)[0]![0]).toBeCloseTo((start + 7) / 2, 12);
  });

  test('the mean over seeds is one of softmax(alpha), and survives underflow', () => {
    const seeds = [1, 2, 3].map((seed) => trajectory({ seed }));
    const mean = softmaxRows(meanAlphaAt(seeds, 7));
    const expected =
      seeds.reduce((sum, seed) => sum + softmaxRows(seed.epochs[6]!.alpha)[2]![1]!, 0) / 3;
    expect(mean[2]![1]).toBeCloseTo(expected, 12);
    const extreme = [0, 1].map((seed) =>
      trajectory({ seed, total: 1, alpha: (_, __, op) => (op === 'none' ? 2000 : 0) }),
    );
    expect(softmaxRows(meanAlphaAt(extreme, 1))[0]).toEqual([1, 0, 0, 0, 0]);
  });

  test('magnitudes are Eq. 11 on the stored alphas, and grow with a growing run', () => {
    const bundles = magnitudeBundles(regime('a', [run]));
    const expected = operationMagnitude(run.epochs[2]!.alpha);
    expect(bundles.map((bundle) => bundle.bands[3]!.mean)).toEqual(expected);
    const longer = trajectory({ total: 4, recorded: 4 });
    expect(magnitudeBundles(regime('a', [longer]))[0]!.bands).toHaveLength(5);
  });

  test('a seed that has not come so far is left out, not counted as zero', () => {
    const [long, short] = [trajectory({ seed: 0 }), trajectory({ seed: 1, recorded: 5 })];
    const bundle = recordBundle([long, short], (record) => record.lossTrain);
    expect(bundle.bands[5]!.n).toBe(2);
    expect(bundle.bands[6]!.n).toBe(1);
    expect(meanAt(bundle, 6)).toBe(long.epochs[5]!.lossTrain);
    expect(meanAt(bundle, 0)).toBeNull();
  });

  test('a NaN is a gap', () => {
    const broken = { ...run, epochs: run.epochs.map((e) => ({ ...e, lossTrain: NaN })) };
    expect(recordBundle([broken], (record) => record.lossTrain).bands[1]!.n).toBe(0);
  });
});

describe('phases and marks', () => {
  test('frozen epochs name no leader; phases cover the run without gaps', () => {
    const phases = phasesOf(trajectory({ warmup: 3, total: 12 }));
    expect(phases[0]).toEqual({ from: 1, to: 3, leader: 'frozen' });
    expect(phases.at(-1)).toMatchObject({ to: 12, leader: 'skip_connect' });
    for (let i = 1; i < phases.length; i++) expect(phases[i]!.from).toBe(phases[i - 1]!.to + 1);
  });

  test('the same toggle in every seed is one mark, where it takes effect', () => {
    const toggles = [{ fromEpoch: 5, swap: true, l2: 0.005 }];
    const events = [{ kind: 'device-lost' as const, epoch: 2, at: '', detail: '' }];
    const marks = marksOf([trajectory({ toggles, events }), trajectory({ seed: 1, toggles })]);
    expect(marks).toEqual([
      { epoch: 2, label: 'GPU lost', kind: 'event' },
      { epoch: 4, label: 'rates swapped, L2 .005', kind: 'toggle' },
    ]);
    expect(changeWords({ frozen: false })).toBe('alpha released');
  });
});

describe('plot', () => {
  const options = {
    width: 400,
    height: 200,
    right: 40,
    total: 12,
    log: false,
    domain: [0, null] as const,
    format: String,
  };
  const curveOf = (bundle: ReturnType<typeof recordBundle>) => ({
    key: 'a',
    name: 'a',
    label: 'a',
    bundle,
    fill: 'black',
    ink: 'black',
    dash: 'none',
    second: false,
  });

  test('the drawn points are the stored values', () => {
    const run = trajectory();
    const plot = layoutPlot([curveOf(recordBundle([run], (r) => r.lossTrain))], options);
    const points = plot.curves[0]!.mean.slice(1)
      .split('L')
      .map((pair) => pair.split(',').map(Number));
    expect(points).toHaveLength(12);
    for (const [index, [x, y]] of points.entries()) {
      expect(x).toBeCloseTo(plot.x(index + 1), 0);
      expect(y).toBeCloseTo(plot.y(run.epochs[index]!.lossTrain!), 0);
    }
    expect(plot.curves[0]!.band).toBe('');
  });

  test('a band needs two seeds, and a mean over fewer seeds is drawn apart', () => {
    const seeds = [trajectory({ seed: 0 }), trajectory({ seed: 4, recorded: 5 })];
    const [drawn] = layoutPlot([curveOf(recordBundle(seeds, (r) => r.lossTrain))], options).curves;
    expect(drawn!.band).not.toBe('');
    expect(drawn!.mean.split('L')).toHaveLength(5);
    expect(drawn!.partial.split('L')).toHaveLength(8);
  });

  test('every value lies between the ends of the axis, below zero, too', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 2, maxLength: 12 }), (values) => {
        const run = trajectory({ total: 12 });
        const told = run.epochs.map((record, at) => ({ ...record, lossTrain: values[at] ?? 0 }));
        const series = recordBundle([{ ...run, epochs: told }], (record) => record.lossTrain);
        const plot = layoutPlot([curveOf(series)], { ...options, domain: [null, null] });
        const heights = values.map((value) => plot.y(value));
        expect(Math.min(...heights)).toBeGreaterThanOrEqual(plot.top - 1e-9);
        expect(Math.max(...heights)).toBeLessThanOrEqual(plot.bottom + 1e-9);
      }),
    );
  });

  test('a log axis leaves out what has no logarithm, and has decades', () => {
    const run = trajectory();
    const zeros = { ...run, epochs: run.epochs.map((e) => ({ ...e, rateAlpha: 0 })) };
    const curves = [
      curveOf(recordBundle([zeros], (r) => r.rateAlpha)),
      curveOf(recordBundle([zeros], (r) => r.rateWeights)),
    ];
    const plot = layoutPlot(curves, { ...options, log: true, format: RATES.format });
    expect(plot.curves[0]!.mean).toBe('');
    expect(plot.curves[1]!.mean).not.toContain('NaN');
    expect(plot.yTicks.length).toBeGreaterThan(1);
  });

  test('no data is an empty plot with axes', () => {
    for (const log of [false, true]) {
      const plot = layoutPlot([curveOf({ seeds: [], bands: [] })], { ...options, log });
      expect(plot.labels).toEqual([]);
      expect(plot.yTicks.every((tick) => Number.isFinite(tick.at))).toBe(true);
      expect(plot.yTicks.length).toBeGreaterThan(1);
    }
  });
});

describe('cell layout', () => {
  test.each([240, 300, 520, 900])(
    'at %i pixels no two bundles overlap between the nodes',
    (width) => {
      const layout = layoutCell(width);
      expect(layout.nodes.at(-1)!.x + layout.radius).toBeLessThanOrEqual(width);
      const clearance = layout.radius * 2.2;
      const free = layout.edges.map((edge) =>
        edge.samples.filter((at) =>
          layout.nodes.every((node) => Math.hypot(at.x - node.x, at.y - node.y) > clearance),
        ),
      );
      for (const [a, first] of free.entries()) {
        for (const second of free.slice(a + 1)) {
          for (const p of first) {
            for (const q of second) {
              const apart = Math.hypot(p.x - q.x, p.y - q.y);
              expect(apart).toBeGreaterThan((p.width + q.width) / 2 - 0.5);
            }
          }
        }
      }
      for (const edge of layout.edges) {
        expect(edge.middle.width).toBeCloseTo(layout.bundle, 6);
        for (const at of edge.samples) {
          expect(at.x - at.width / 2).toBeGreaterThan(-at.width);
          expect(at.y - Math.abs(at.ny) * (at.width / 2)).toBeGreaterThanOrEqual(0);
          expect(at.y + Math.abs(at.ny) * (at.width / 2)).toBeLessThanOrEqual(layout.height);
        }
      }
    },
  );

  test('a ribbon is as wide in the middle as its share of the bundle', () => {
    const layout = layoutCell(600);
    const straight = layout.edges[0]!;
    const points: number[][] = [];
    const lineTo = (x: number, y: number) => points.push([x, y]);
    traceRibbon({ lineTo, closePath: () => undefined }, straight, 0.25, 0.75);
    const half = points.length / 2;
    const middle = (half - 1) / 2;
    const [upper, lower] = [points[middle]!, points[points.length - 1 - middle]!];
    expect(lower[0]!).toBeCloseTo(upper[0]!, 6);
    expect(lower[1]! - upper[1]!).toBeCloseTo(layout.bundle / 2, 6);
  });
});

describe('heat', () => {
  test('text on every shade reads: contrast of at least 4.5 with its background', () => {
    const lightOf = (hex: string) => {
      const { r, g, b } = color(hex)!.rgb();
      return luminance(r, g, b);
    };
    for (let at = 0; at <= 100; at++) {
      const { background, text } = heatColour(at / 100, 1);
      expect(contrast(lightOf(background), lightOf(text))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('rows are the mean shares, each edge summing to one', () => {
    const seeds = [trajectory({ seed: 0 }), trajectory({ seed: 1, recorded: 6 })];
    const rows = strengthsOverTime(seeds);
    expect(rows).toHaveLength(30);
    expect(rows[0]).toHaveLength(13);
    for (const epoch of [0, 6, 12]) {
      const sum = rows.slice(5, 10).reduce((total, row) => total + row[epoch]!, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
    expect(rows[11]![12]).toBeCloseTo(softmaxRows(seeds[0]!.epochs[11]!.alpha)[2]![1]!, 12);
    expect(heatMaximum(rows)).toBeGreaterThanOrEqual(Math.max(...rows.flat()) - 1e-9);
    expect(strengthsOverTime([])).toEqual([]);
  });
});

describe('sentences', () => {
  const seeds = [0, 1, 2].map((seed) => trajectory({ seed }));
  const baseline = regime('Baseline', seeds);

  test('magnitude names the leader, the next and n', () => {
    const [, skip] = magnitudeBundles(baseline);
    const text = magnitudeSummary([baseline], 12);
    expect(text).toMatch(/^Skip-connect has the largest magnitude, \.\d\d, ahead of /);
    expect(text).toContain(share(meanAt(skip!, 12)!));
    expect(text).toContain('at epoch 12 (n = 3)');
    expect(magnitudeSummary([regime('x', [trajectory({ recorded: 0 })])], 0)).toBe(
      'No epoch has been recorded yet.',
    );
    expect(alphaStepSummary([regime('x', [trajectory({ recorded: 0 })])], 0)).toBe(
      'No step of alpha is known at epoch 0.',
    );
    expect(magnitudeSummary([baseline], 0)).toBe('All operations are level at epoch 0 (n = 3).');
  });

  test('two regimes are told apart by name', () => {
    const text = magnitudeSummary([baseline, regime('Swapped', [trajectory({ seed: 9 })])], 12);
    expect(text).toMatch(/^Baseline: skip-connect .* Swapped: skip-connect /);
  });

  test('n is a range while seeds have come to different epochs', () => {
    expect(seedCount(seeds)).toBe('n = 3');
    expect(seedCount([...seeds, trajectory({ seed: 3, recorded: 2 })])).toBe('n = 3 to 4');
  });

  test('a cell in words', () => {
    expect(
      cellSummary([
        'skip_connect',
        'skip_connect',
        'none',
        'skip_connect',
        'nor_conv_3x3',
        'skip_connect',
      ]),
    ).toBe('Skip-connect on 1←0, 2←0, 3←0 and 3←2, none on 2←1 and 3×3 convolution on 3←1.');
    expect(edgeSummary(0, [0.1, 0.5, 0.4], ['none', 'skip_connect', 'avg_pool_3x3'])).toBe(
      'Edge 1←0: skip .50, avg .40, none .10',
    );
  });

  test('alpha names the strongest edge, or none while level', () => {
    expect(alphaSummary(alphaAt(seeds[0]!, 0), OPERATIONS)).toBe(
      'Every edge is level: no operation stands out.',
    );
    expect(alphaSummary(seeds[0]!.epochs[11]!.alpha, OPERATIONS)).toMatch(
      /^Skip-connect on edge \d←\d is the strongest choice, \.\d\d;/,
    );
  });

  test('phases count the seeds', () => {
    expect(phaseSummary(seeds, 12)).toBe('Epoch 12: skip-connect leads in 3 of 3 seeds.');
    expect(phaseSummary([trajectory({ warmup: 2 })], 1)).toBe(
      'Epoch 1: alpha is frozen in 1 of 1 seed.',
    );
    expect(phaseSummary(seeds, 0)).toBe('Before training, no operation leads.');
    expect(phaseSummary([], 3)).toBe('No epoch has been recorded yet.');
  });

  test('a quantity is told in its own unit and format', () => {
    expect(quantitySummary(LOSS, [regime('a', [trajectory()])], 12)).toBe(
      'Epoch 12: weights half 1.30, alpha half 1.55 (cross-entropy, nats).',
    );
    expect(quantitySummary(LOSS, [baseline, regime('b', [trajectory()])], 12)).toBe(
      'Epoch 12, Baseline against b: weights half 1.31 against 1.30, alpha half 1.55 against 1.55 (cross-entropy, nats).',
    );
  });
});

describe('tables', () => {
  test('the numbers behind the magnitudes are the stored ones', () => {
    const run = trajectory();
    const table = magnitudeTable([regime('a', [run])]);
    const rows = table.rows();
    expect(table.columns.slice(0, 4)).toEqual(['epoch', 'n', 'none', 'none s.d.']);
    expect(rows).toHaveLength(13);
    expect(rows[12]).toHaveLength(table.columns.length);
    const skip = operationMagnitude(run.epochs[11]!.alpha)[1]!;
    expect(rows[12]![4]).toBe(skip.toFixed(4));
    expect(rows[12]![5]).toBe('–');
  });

  test('two regimes have columns of their own, missing epochs a dash', () => {
    const table = quantityTable(LOSS, [
      regime('a', [trajectory()]),
      regime('b', [trajectory({ recorded: 2 })]),
    ]);
    const last = table.rows().at(-1)!;
    expect(table.columns).toContain('b: alpha half s.d.');
    expect(last).toHaveLength(table.columns.length);
    expect(last.slice(-5)).toEqual(['0', '–', '–', '–', '–']);
  });

  test('alpha over time has a column per edge and operation', () => {
    const table = alphaOverTimeTable([trajectory()]);
    expect(table.columns).toHaveLength(31);
    expect(table.rows()).toHaveLength(13);
    expect(alphaOverTimeTable([]).rows()).toEqual([]);
  });
});
