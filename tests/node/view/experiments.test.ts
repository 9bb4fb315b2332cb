import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportedVerdict } from '../../../src/paper/claim/verdicts';
import { CLAIMS, claimById } from '../../../src/paper/claim/registry';
import { curvesOf, meanCurves } from '../../../src/paper/curves';
import { ARM_KEYS, armByKey, type ArmKey } from '../../../src/paper/experiment/arm';
import { armCost } from '../../../src/paper/experiment/bench';
import { configFor } from '../../../src/paper/experiment/config';
import { EXPERIMENTS } from '../../../src/paper/experiment/experiments';
import type { RunSummary } from '../../../src/store/database';
import { configDigest } from '../../../src/trace/digest';
import { readIndex } from '../../../src/trace/recordings';
import type { Toggle, TraceDocument } from '../../../src/trace/types';
import { layoutPlot } from '../../../src/view/chart/plot';
import { armFacts } from '../../../src/view/experiments/arm-words';
import { figureOf, type FigureModel } from '../../../src/view/experiments/figure';
import { figureCsv } from '../../../src/view/experiments/figure-numbers';
import {
  figureFacts,
  figureSentence,
  figureUnit,
} from '../../../src/view/experiments/figure-words';
import { FIGURES, figureTitle } from '../../../src/view/experiments/figures';
import { escaped, verdictLatex } from '../../../src/view/experiments/latex';
import { readOrder, writeOrder } from '../../../src/view/experiments/order';
import {
  aboutDuration,
  costOf,
  hasRun,
  missingJobs,
  runsByArm,
  seedsShown,
  standingOf,
  standingWords,
  type BenchState,
} from '../../../src/view/experiments/plan';
import { armsNeeded, claimsElsewhere, claimsOf } from '../../../src/view/experiments/sections';
import { chanceWords, findingsTable } from '../../../src/view/experiments/verdict-words';
import { count, held, inventedRun, inventedRuns } from '../../support/bench-run';
import { syntheticHead, syntheticUid } from '../../support/synthetic-run';

const figure = (key: string) => FIGURES.find((spec) => spec.key === key)!;
const drawn = (key: string, runs: Parameters<typeof figureOf>[1]) =>
  figureOf(figure(key), runs) as FigureModel;

interface Stored {
  readonly arm: ArmKey;
  readonly seed: number;
  readonly epochs: number;
  readonly scale?: string;
  readonly resumable?: boolean;
  readonly toggles?: readonly Toggle[];
}

let uids = 0;
async function stored({
  arm,
  seed,
  epochs,
  scale = 'bench',
  ...rest
}: Stored): Promise<RunSummary> {
  const config = configFor({ arm, scale });
  const { resumable = false, toggles = [] } = rest;
  const head = await syntheticHead({ seed, epochs, config, toggles, uid: syntheticUid(++uids) });
  return { ...head, epochCount: epochs, resumable };
}

function stateOf(runs: readonly RunSummary[], change: Partial<BenchState> = {}): BenchState {
  return {
    runs: runsByArm(runs, 'bench'),
    recorded: new Map(),
    live: null,
    held: new Set(),
    jobs: [],
    ...change,
  };
}

describe('a seed of an arm', () => {
  test('is missing, cut off or finished by what the store has of it at this scale', async () => {
    const state = stateOf([
      await stored({ arm: 'baseline', seed: 0, epochs: 50 }),
      await stored({ arm: 'baseline', seed: 1, epochs: 12, resumable: true }),
      await stored({ arm: 'baseline', seed: 2, epochs: 50, scale: 'tiny' }),
      await stored({ arm: 'alpha-.002', seed: 3, epochs: 50 }),
      await stored({ arm: 'baseline', seed: 4, epochs: 12 }),
    ]);
    const words = [0, 1, 2, 3, 4].map((seed) => standingWords(standingOf(state, 'baseline', seed)));
    expect(words).toEqual([
      'finished',
      'cut off after epoch 12 of 50',
      'missing',
      'missing',
      // Imported: nothing to go on from.
      'missing',
    ]);
    expect(standingOf(state, 'alpha-.002', 3).state).toBe('finished');
  });

  test('is not there by a run with a change in mid-run or a failed self-test', async () => {
    const toggled = await stored({
      arm: 'baseline',
      seed: 0,
      epochs: 50,
      toggles: [{ fromEpoch: 9, swap: true }],
    });
    const sound = await stored({ arm: 'baseline', seed: 1, epochs: 50 });
    const failed: RunSummary = {
      ...sound,
      environment: { ...sound.environment, selfTest: 'failed' },
    };
    const state = stateOf([toggled, failed]);
    expect([0, 1].map((seed) => standingOf(state, 'baseline', seed).state)).toEqual([
      'missing',
      'missing',
    ]);
  });

  test('in training, in another tab, waiting or recorded says so', async () => {
    const live = await stored({ arm: 'swapped', seed: 0, epochs: 17, resumable: true });
    const other = await stored({ arm: 'swapped', seed: 1, epochs: 17, resumable: true });
    const state = stateOf([live, other], {
      live: { uid: live.uid, paused: false, share: 0.349 },
      held: new Set([live.uid, other.uid]),
      jobs: [
        { arm: 'swapped', seed: 0, uid: live.uid },
        { arm: 'swapped', seed: 2, uid: null },
      ],
      recorded: new Map([['swapped', [2, 3]]]),
    });
    const words = [0, 1, 2, 3, 4].map((seed) => standingWords(standingOf(state, 'swapped', seed)));
    expect(words).toEqual([
      'in training, 34 %',
      'in training in another tab, epoch 17 of 50',
      'waiting for its turn',
      'recorded, ships with the page',
      'missing',
    ]);
    // A recording can be drawn while its seed waits to be trained here as well.
    expect([0, 2].map((seed) => hasRun(state, 'swapped', seed))).toEqual([false, true]);
    const paused = { ...state, live: { uid: live.uid, paused: true, share: 0.349 } };
    expect(standingWords(standingOf(paused, 'swapped', 0))).toBe('paused at 34 %');
  });
});

test('an arm that the page trains is the regime of its recorded runs', async () => {
  const folder = new URL('../../../public/recordings/', import.meta.url);
  const index: unknown = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
  const entries = readIndex(index).filter(({ kind }) => kind === 'verdict');
  expect(entries.length).toBeGreaterThan(0);
  for (const { file, arm, scale } of entries) {
    const text = gunzipSync(readFileSync(new URL(file, folder))).toString();
    const { runs } = JSON.parse(text) as TraceDocument;
    const config = configFor({ arm, scale });
    for (const { data, configDigest: recorded } of runs) {
      expect(await configDigest({ config, data })).toBe(recorded);
    }
  }
});

describe('what is missing', () => {
  test('is trained seed by seed; a cut-off run is gone on with, at the cost of its rest', async () => {
    const cut = await stored({ arm: 'baseline', seed: 1, epochs: 20, resumable: true });
    const state = stateOf([await stored({ arm: 'baseline', seed: 0, epochs: 50 }), cut], {
      recorded: new Map([['swapped', [0]]]),
    });
    const jobs = missingJobs(state, ['baseline', 'swapped'], [0, 1]);
    expect(jobs).toEqual([
      { arm: 'baseline', seed: 1, uid: cut.uid },
      { arm: 'swapped', seed: 1, uid: null },
    ]);
    expect(costOf(jobs, state)).toBeCloseTo(0.6 + 1, 12);
    expect(costOf([{ arm: 'long', seed: 0, uid: null }], state)).toBe(armCost('long'));
  });

  test('beside the experiment’s seeds, other stored ones are shown, calibration’s are not', async () => {
    const runs = await Promise.all(
      [7, 100].map((seed) => stored({ arm: 'no-skip', seed, epochs: 50 })),
    );
    const exp6 = EXPERIMENTS.find(({ key }) => key === 'exp6')!;
    expect(seedsShown(exp6, stateOf(runs))).toEqual([0, 1, 2, 3, 4, 7]);
  });
});

describe('an order', () => {
  test('comes back from its note, uids aside', () => {
    const job = fc.record({
      arm: fc.constantFrom(...ARM_KEYS),
      seed: fc.nat(),
      uid: fc.constant(null),
    });
    const order = fc.record({
      scale: fc.string(),
      jobs: fc.array(job, { minLength: 1, maxLength: 9 }),
    });
    fc.assert(
      fc.property(order, (value) => {
        expect(readOrder(writeOrder(value))).toEqual(value);
      }),
    );
  });

  test.each([
    null,
    7,
    '',
    '{',
    '[]',
    'null',
    '{"scale":"bench","jobs":[]}',
    '{"scale":"bench","jobs":[["gone",0]]}',
    '{"scale":"bench","jobs":[["baseline",-1]]}',
    '{"scale":1,"jobs":[["baseline",0]]}',
  ])('that is none is left alone: %s', (note) => {
    expect(readOrder(note)).toBeNull();
  });
});

describe('the sections', () => {
  test('judge every claim once, and name it wherever its arms are', () => {
    const judged = EXPERIMENTS.flatMap(claimsOf);
    expect(judged.toSorted()).toEqual(CLAIMS.map(({ id }) => id).toSorted());
    for (const experiment of EXPERIMENTS) {
      const named = [...claimsOf(experiment), ...claimsElsewhere(experiment)];
      expect(named.toSorted()).toEqual([...experiment.claims].toSorted());
      for (const id of claimsOf(experiment)) {
        expect(armsNeeded(experiment)).toEqual(expect.arrayContaining([...claimById(id).arms]));
      }
    }
  });

  test('draw every figure that an experiment names, in a section that has one of its arms', () => {
    const named = new Set(EXPERIMENTS.flatMap(({ figures }) => figures));
    const panels = [...named].filter((name) => !name.startsWith('table'));
    // 6(b) shows what selective stop watches; the sweep is named for its tables.
    const papers = FIGURES.filter(({ own }) => !own);
    expect(papers.map(({ key }) => key)).toEqual([...panels, '6(b)'].toSorted());
    for (const { experiment, arms } of FIGURES) {
      const own = EXPERIMENTS.find(({ key }) => key === experiment)!.arms;
      expect(arms.some((arm) => own.includes(arm))).toBe(true);
    }
  });
});

describe('a figure', () => {
  const runs = inventedRuns([0, 1, 2], { baseline: held('skip_connect', 5) });

  test('draws the mean over seeds that claims are judged by, and every seed', () => {
    const model = drawn('2(a)', runs);
    const mean = meanCurves(runs.map((run) => curvesOf(run, null)));
    model.curves.forEach(({ bundle, seeds }, column) => {
      expect(seeds).toEqual([0, 1, 2]);
      expect(bundle.seeds).toHaveLength(3);
      bundle.bands.slice(1).forEach((band, at) => {
        expect(band.n).toBe(3);
        expect(band.mean).toBeCloseTo(mean.magnitude[column]![at]!, 12);
      });
      // Nothing is known before the end of the first joint epoch.
      expect(bundle.bands[0]!.n).toBe(0);
    });
    expect(model.total).toBe(50);
    expect(figureFacts(model)).toMatch(/^n = 3 · mean/);
    expect(figureSentence(model)).toMatch(
      /^In the mean of seeds 0-2 skip-connect leads from the first epoch to the last; skip-connect ends with \.\d\d\.$/,
    );
  });

  test('leaves out what may not be judged, and says why arms cannot be pooled', () => {
    const toggled = inventedRun('baseline', 3, held('skip_connect', 0), { toggled: true });
    const unfinished = inventedRun('baseline', 4, held('skip_connect', 0), { finished: false });
    expect(drawn('2(a)', [...runs, toggled, unfinished]).groups[0]!.seeds).toEqual([0, 1, 2]);
    const other = inventedRun('baseline', 5, held('skip_connect', 0), { configDigest: 'another' });
    expect(figureOf(figure('2(a)'), [...runs, other])).toMatch(/differ in configuration/);
    expect(figureOf(figure('3(c)'), runs)).toBeNull();
  });

  test('aligns arms of different warm-up at unfreezing and counts skip-connects', () => {
    const arms = inventedRuns([0, 1], {
      baseline: held('skip_connect', 4),
      'warmup-30': held('skip_connect', 6),
    });
    const model = drawn('2(h)', arms);
    expect(model.curves.map(({ name }) => name)).toEqual(['baseline', 'warm-up 30']);
    expect(model.curves.map(({ bundle }) => bundle.bands.length)).toEqual([51, 51]);
    expect(model.curves.map(({ dash }) => dash)).toEqual(['none', '1 3']);
    expect(figureSentence(model)).toMatch(
      /baseline 4\.0 \(n = 2, 4 or more since epoch 1\); warm-up 30 6\.0 .*The paper plots the accuracy/,
    );
  });

  test('draws the eigenvalue where it was measured, and says where it explodes', () => {
    const eigenvalues = Array.from({ length: 50 }, (_, joint) =>
      joint % 2 > 0 ? null : joint < 30 ? 0.25 : 2,
    );
    const measured = [0, 1].map((seed) =>
      inventedRun('hessian-.003', seed, held('skip_connect', 2), { eigenvalues }),
    );
    const model = drawn('7', measured);
    expect(model.curves.map(({ name }) => name)).toEqual(['weight rate .003']);
    const { seeds, bands } = model.curves[0]!.bundle;
    // Half way between two measurements on the line through them; nothing behind the last.
    expect(seeds[0]!.slice(28, 34)).toEqual([0.25, 0.25, 1.125, 2, 2, 2]);
    expect(bands.map(({ n }) => n)).toEqual([0, ...Array<number>(49).fill(2), 0]);
    expect(figureSentence(model)).toBe(
      'The largest eigenvalue, measured after every second epoch, mean over seeds: weight rate .003 from 0.25 to 2.00 (n = 2), its local average first grows by more than 30 % over eight epochs in epoch 31.',
    );
  });

  test('of our own shows the eta sweep, by eta and with each', () => {
    const sweep = inventedRuns([0, 1, 2], {
      'eta-0': held('skip_connect', 5),
      'eta-1': held('avg_pool_3x3', 6),
    });
    const model = drawn('eta-skips', sweep);
    expect(figureTitle(model.spec)).toBe('Collapse by eta');
    expect(model.total).toBe(200);
    expect(figureSentence(model)).toBe(
      'Of 6 edges, skip-connect holds in the last epoch, mean over seeds: eta 0 5.0 (n = 3, 4 or more since epoch 1); eta 1 0.0 (n = 3).',
    );
    expect(figureSentence(drawn('eta-1', sweep))).toContain('average pooling leads from the first');
    expect(figureTitle(figure('2(a)'))).toBe('Figure 2(a): Baseline');
  });

  test('of our own shows alphas for each stage: skip-connects by stage, magnitudes in each', () => {
    const runs = inventedRuns([0, 1], {
      stages: (epoch, row) => ({
        [row % 6 < 2 * Math.floor(row / 6) ? 'skip_connect' : 'nor_conv_3x3']: 0.1 * epoch,
      }),
    });
    const model = drawn('stage-skips', runs);
    expect(model.curves.map(({ name }) => name)).toEqual(['stage 1', 'stage 2', 'stage 3']);
    expect(new Set(model.curves.map(({ dash }) => dash)).size).toBe(3);
    expect(model.curves.map(({ bundle }) => bundle.bands[50]!.mean)).toEqual([0, 2, 4]);
    expect(figureUnit(model)).toBe('edges of a stage’s 6 that hold skip-connect');
    expect(figureSentence(model)).toBe(
      'Of the 6 edges of each stage, skip-connect holds in the last epoch, mean over seeds, n = 2: 0.0 (share .00) in stage 1, 2.0 (share .33) in stage 2, 4.0 (share .67) in stage 3.',
    );
    const last = drawn('stage-3', runs);
    expect(figureUnit(last)).toBe('m(t, o), mean of softmax(alpha) over 6 edges of stage 3');
    expect(figureSentence(last)).toContain('skip-connect leads from the first epoch to the last');
    expect(figureSentence(drawn('stage-1', runs))).toContain('3×3 convolution leads from');
  });

  test('of the 1Shot1 spaces has their operations', () => {
    const model = drawn('4(a)', inventedRuns([0], { 'one-shot-1': () => ({ maxpool3x3: 1 }) }));
    expect(model.curves.map(({ name }) => name)).toEqual(['max', '3×3', '1×1']);
    expect(figureSentence(model)).toMatch(/^In seed 0 max pooling leads from the first/);
  });

  test('writes as CSV exactly what it draws', () => {
    const model = drawn('2(a)', runs);
    const [head, ...lines] = figureCsv(model).trimEnd().split('\r\n');
    expect(head).toBe('figure,line,epoch,n,mean,sd,seed 0,seed 1,seed 2');
    expect(lines).toHaveLength(5 * 50);
    for (const line of lines) {
      const [key, name, epoch, n, mean, sd, ...seeds] = line.split(',');
      const { bundle } = model.curves.find((curve) => curve.key === name)!;
      const band = bundle.bands[Number(epoch)]!;
      expect([key, Number(n), Number(mean), Number(sd)]).toEqual(['2(a)', 3, band.mean, band.std]);
      expect(seeds.map(Number)).toEqual(bundle.seeds.map((seed) => seed[Number(epoch)]));
    }
  });

  test('keeps its band inside the axes', () => {
    const swapped = [0, 1, 2].map((seed) =>
      inventedRun('swapped', seed, held('skip_connect', seed === 0 ? 3 : 0)),
    );
    const { curves, total } = drawn('3(b)', swapped);
    const size = { width: 400, height: 200, right: 60, total, log: false };
    const plot = layoutPlot(curves, { ...size, domain: [0, 6], format: String });
    const heights = [...plot.curves[0]!.band.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights.length).toBeGreaterThan(50);
    expect(Math.max(...heights)).toBeCloseTo(plot.bottom, 1);
  });
});

describe('verdicts in words', () => {
  const runs = inventedRuns([0, 1, 2], { baseline: held('skip_connect', 5) });
  const verdict = reportedVerdict(claimById('baseline'), runs);

  test('as LaTeX: a row per claim, every special character escaped', () => {
    const latex = verdictLatex([verdict, reportedVerdict(claimById('OS.5'), runs)]);
    expect(latex).toContain(
      '  baseline & DARTS-V1 degrades: skip-connect takes the cell over & seen & 3 & 5.00 $\\pm$ 0.00 edges & under 0.1 \\% \\\\',
    );
    expect(latex).toMatch(/OS\.5 & .* & not comparable & 0 & -- & -- \\\\/);
    expect(latex).toContain(verdict.protocol);
    expect(count(latex.split('\n'), '  \\midrule')).toBe(1);
    expect(escaped('a_b{5 % & $3×3$} \\ ~^#')).toBe(
      'a\\_b\\{5 \\% \\& \\$3$\\times$3\\$\\} \\textbackslash{} \\textasciitilde{}\\textasciicircum{}\\#',
    );
  });

  test('with every condition of every seed, and the rate by chance', () => {
    const table = findingsTable(verdict);
    expect(table.rows()).toHaveLength(3);
    expect(table.rows()[0]!.slice(0, 3)).toEqual(['0', 'yes', '5']);
    expect(table.columns).toHaveLength(table.rows()[0]!.length);
    expect(chanceWords(verdict)).toMatch(
      /^random walks hold it in 1\.8 % of seeds.*under 0\.1 % of verdicts/,
    );
    expect(chanceWords({ ...verdict, table: 'a table' })).toMatch(/^without its conditions on acc/);
    expect(chanceWords({ chance: null, table: null })).toMatch(/not known/);
  });

  test('times are no more exact than they can be', () => {
    expect([3, 44, 97, 700, 9000].map(aboutDuration)).toEqual([
      'about 5 s',
      'about 45 s',
      'about 1 min 30 s',
      'about 12 min',
      'about 2 h 30 min',
    ]);
  });

  test('arms say what they change', () => {
    const facts = (arm: ArmKey) => armFacts(armByKey(arm).values);
    expect(facts('l2-.01')).toBe('0 + 50 epochs, weights .025 cosine, alpha .0003, L2 .01');
    expect(facts('no-skip')).toMatch(/4 operations$/);
    expect(facts('one-shot-2')).toMatch(/NAS-Bench-1Shot1, space 2$/);
  });
});
