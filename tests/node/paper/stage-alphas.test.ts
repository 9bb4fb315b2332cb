import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/paper/claim/judge';
import { claimById } from '../../../src/paper/claim/registry';
import {
  curvesOf,
  curvesOfStage,
  heldAt,
  magnitudeAt,
  meanCurves,
} from '../../../src/paper/curves';
import { deviations } from '../../../src/paper/deviations';
import { armByKey } from '../../../src/paper/experiment/arm';
import { armConfig, armOf } from '../../../src/paper/experiment/config';
import { DEFAULT_SETTINGS, regimeLabel } from '../../../src/paper/regime';
import { resolveConfig, settingsOf } from '../../../src/paper/resolve';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { NAS_BENCH_201_STAGES } from '../../../src/paper/space/nas-bench-201-stages';
import { validateSettings, type SettingsInput } from '../../../src/paper/validate';
import { inventedRun, inventedRuns, type Logits } from '../../support/bench-run';

const SKIP = 'skip_connect';
const CONV = 'nor_conv_3x3';
const SEEDS = [0, 1, 2, 3, 4];

/** Of each stage's six edges so many hold skip-connect in the end, the others 3x3 convolution. */
const skips =
  (...counts: readonly number[]): Logits =>
  (epoch, row) => ({ [row % 6 < counts[Math.floor(row / 6)]! ? SKIP : CONV]: 0.1 * epoch });

describe('alphas for each stage as a setting', () => {
  const staged = { ...DEFAULT_SETTINGS, stages: true } as const;

  test('are a search space in both parts of a configuration, and come back as the setting', () => {
    const config = resolveConfig(staged);
    expect(config.paper.space).toBe('nas-bench-201-stages');
    expect(config.effective.space).toBe('nas-bench-201-stages');
    expect(settingsOf(config)).toEqual(staged);
    expect(regimeLabel(staged)).toBe('alphas for each stage');
    expect(deviations(config).map(({ key }) => key)).toContain('stages');
  });

  test('leave nothing behind where they are off', () => {
    expect(resolveConfig(DEFAULT_SETTINGS).effective).not.toHaveProperty('space');
    expect(deviations(resolveConfig(DEFAULT_SETTINGS)).map(({ key }) => key)).not.toContain(
      'stages',
    );
    expect(validateSettings({ stages: 'false' }, staged).settings).toEqual(DEFAULT_SETTINGS);
  });

  test('make the arm of the group Stages, and nothing but the alphas differs from the baseline', () => {
    const arm = armByKey('stages');
    expect(arm.values).toEqual({ ...armByKey('baseline').values, space: 'nas-bench-201-stages' });
    const config = armConfig(arm, 'bench');
    expect(config).toEqual(resolveConfig({ ...staged, scale: 'bench' }));
    expect(armOf(config)?.key).toBe('stages');
    expect(armOf(resolveConfig({ ...DEFAULT_SETTINGS, scale: 'bench' }))?.key).toBe('baseline');
  });

  test.each<[SettingsInput, string]>([
    [{ method: 'drnas' }, 'only darts-v1 searches with them, not drnas.'],
    [{ space: 'nas-bench-1shot1-1' }, 'only the cells of NAS-Bench-201 can have them.'],
    [{ hessian: true }, 'the Hessian is measured for one alpha alone, not for three.'],
    [{ stop: 'ss:nor_conv_3x3:10' }, 'a stop rule reads one cell, and there are three.'],
  ])('are refused with %j', (other, reason) => {
    const { settings, problems } = validateSettings({ ...other, stages: true });
    expect(problems).toEqual([
      { field: 'Alphas for each stage', message: `Alphas for each stage: ${reason}` },
    ]);
    expect(settings).not.toHaveProperty('stages');
    expect(validateSettings(other, staged).problems).toHaveLength(1);
  });
});

describe('curves', () => {
  test('tell of each stage by itself what they tell of a cell', () => {
    const run = inventedRun('stages', 0, skips(1, 2, 5));
    const curves = curvesOf(run, null);
    expect(heldAt(curves, SKIP, 50)).toBe(8);
    const own = [0, 1, 2].map((stage) => curvesOfStage(curves, stage));
    expect(own.map((stage) => heldAt(stage, SKIP, 50))).toEqual([1, 2, 5]);
    own.forEach((stage, at) => {
      const alphas = run.alphas.map((alpha) => alpha.slice(6 * at, 6 * at + 6));
      expect(stage).toEqual(curvesOf({ space: NAS_BENCH_201, ops: run.ops, alphas }, null));
    });
    // Eq. 11 over all edges is the mean of the stages'.
    const mean = own.reduce((sum, stage) => sum + magnitudeAt(stage, SKIP, 20) / 3, 0);
    expect(magnitudeAt(curves, SKIP, 20)).toBeCloseTo(mean, 12);
  });

  test('have a mean for each stage, and none where one alpha serves all', () => {
    const all = [skips(0, 0, 2), skips(1, 0, 6)].map((logits, seed) =>
      curvesOf(inventedRun('stages', seed, logits), null),
    );
    const mean = meanCurves(all);
    expect([0, 2].map((stage) => heldAt(curvesOfStage(mean, stage), SKIP, 50))).toEqual([0.5, 4]);
    const shared = curvesOf(inventedRun('baseline', 0, skips(1)), null);
    expect(shared).not.toHaveProperty('stages');
    expect(() => curvesOfStage(shared, 0)).toThrow('one alpha for all stages');
  });
});

describe('M.21', () => {
  const verdict = (logits: Logits, seeds = SEEDS) =>
    judge(claimById('M.21'), inventedRuns(seeds, { stages: logits }));

  test('is seen where the last stage takes more skip-connects than the first', () => {
    const seen = verdict(skips(1, 0, 3));
    expect(seen).toMatchObject({ outcome: 'seen', n: 5, effect: { mean: 2, unit: 'edges' } });
    expect(seen.sentence).toContain(
      'Skip-connects in the last stage more than in the first: 2.00 ± 0.00 edges.',
    );
  });

  test.each([
    ['as many in all', skips(4, 4, 4)],
    ['fewer', skips(5, 6, 2)],
    ['the most in between', skips(1, 6, 1)],
    ['none anywhere', skips(0, 0, 0)],
  ])('is not seen where there are %s', (_name, logits) => {
    expect(verdict(logits).outcome).toBe('not seen');
  });

  test('needs three seeds', () => {
    expect(verdict(skips(0, 0, 6), [0, 1]).outcome).toBe('too few seeds');
  });
});

test('a network without a cell for each stage is none of the space', () => {
  const cell = NAS_BENCH_201.derive(
    Array.from({ length: 6 }, () => [0, 1, 0, 0, 0]),
    DEFAULT_SETTINGS.ops,
  );
  expect(NAS_BENCH_201_STAGES.held([cell, cell, cell].join('/'))).toHaveLength(18);
  expect(() => NAS_BENCH_201_STAGES.form(cell)).toThrow('1 cells, not 3');
  expect(() => NAS_BENCH_201_STAGES.form([cell, cell, 'x'].join('/'))).toThrow();
});
