import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deviations } from '../../../../src/paper/deviations';
import { ARM_KEYS, armByKey, ARMS, type ArmKey } from '../../../../src/paper/experiment/arm';
import {
  armCost,
  BENCH_CANDIDATES,
  calibrate,
  CALIBRATION_SEEDS,
  type CalibrationRun,
} from '../../../../src/paper/experiment/bench';
import { armConfig, armOf } from '../../../../src/paper/experiment/config';
import {
  EXPERIMENT_KEYS,
  EXPERIMENTS,
  experimentByKey,
  experimentOf,
} from '../../../../src/paper/experiment/experiments';
import { DEFAULT_SETTINGS, REGIMES } from '../../../../src/paper/regime';
import { liveOptimisers, resolveConfig } from '../../../../src/paper/resolve';
import { scaleByName, stepsPerEpoch } from '../../../../src/paper/scale';

const values = (key: ArmKey) => armByKey(key).values;

describe('experiments', () => {
  it('run every arm once, in the protocol’s order', () => {
    expect(EXPERIMENTS.map(({ key }) => key)).toEqual(EXPERIMENT_KEYS);
    expect(EXPERIMENTS.flatMap(({ arms }) => arms).toSorted()).toEqual(ARM_KEYS.toSorted());
    expect(ARMS.map(({ key }) => key)).toEqual(ARM_KEYS);
    for (const { key, arms } of EXPERIMENTS) {
      for (const arm of arms) expect(experimentOf(arm).key).toBe(key);
    }
  });

  it('change what the paper changes', () => {
    expect(values('baseline')).toMatchObject({ warmup: 0, epochs: 50, weightRate: 0.025 });
    expect(experimentByKey('exp1').arms.map((arm) => values(arm).warmup)).toEqual([10, 20, 30]);
    expect(experimentByKey('exp2').arms.map((arm) => values(arm).l2)).toEqual([0.005, 0.01]);
    expect(values('warmup-100')).toMatchObject({ warmup: 100, epochs: 50 });
    expect(experimentByKey('exp4').arms.map((arm) => values(arm).alphaRate)).toEqual([
      0.001, 0.002, 0.003,
    ]);
    expect(values('swapped')).toMatchObject({
      weightRate: 0.0003,
      weightSchedule: 'constant',
      alphaRate: 0.025,
    });
    expect(values('no-skip').ops).toEqual(['none', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3']);
    expect(values('long')).toMatchObject({
      epochs: 500,
      weightRate: 0.0003,
      weightSchedule: 'constant',
      alphaRate: 0.001,
    });
    expect(experimentByKey('sweep').arms.map((arm) => values(arm).weightRate)).toEqual([
      0.003, 0.009, 0.015,
    ]);
    expect(experimentByKey('eta').arms.map((arm) => values(arm).eta)).toEqual([0, 1, 0.1, 0.01]);
    for (const arm of experimentByKey('eta').arms) {
      const { eta, epochs, ...rest } = values(arm);
      expect(eta).not.toBeNull();
      expect({ ...rest, epochs: epochs / 4 }).toEqual({
        ...values('amended-darts'),
        eta: undefined,
      });
    }
    for (const arm of experimentByKey('exp8').arms) {
      expect(values(arm)).toMatchObject({ epochs: 500, weightRate: 0.025, alphaRate: 0.0003 });
    }
  });

  it('share the verdict seeds, which are none of calibration', () => {
    for (const { key, seeds } of EXPERIMENTS) {
      const isLong = key === 'exp8' || key === 'eta';
      expect(seeds).toEqual(isLong ? [0, 1, 2] : [0, 1, 2, 3, 4]);
      expect(seeds.some((seed) => CALIBRATION_SEEDS.includes(seed))).toBe(false);
    }
  });
});

describe('the configuration of an arm', () => {
  it('is that of the named regime where there is one', () => {
    const arms: readonly ArmKey[] = ['baseline', 'swapped', 'warmup-30', 'l2-.01', 'no-skip'];
    arms.forEach((key, at) => {
      const settings = REGIMES[at]!.apply({ ...DEFAULT_SETTINGS, scale: 'small' });
      expect(armConfig(armByKey(key), 'small')).toEqual(resolveConfig(settings));
    });
  });

  it('leads back to the arm, at every scale', () => {
    for (const arm of ARMS) {
      for (const scale of ['tiny', ...BENCH_CANDIDATES]) {
        expect(armOf(armConfig(arm, scale))).toBe(arm);
      }
    }
    expect(armOf(resolveConfig({ ...DEFAULT_SETTINGS, epochs: 49 }))).toBeNull();
  });

  it('multiplies the paper’s rates by the same two factors in every arm', () => {
    for (const arm of ARMS) {
      const { paper, effective } = armConfig(arm, 'c8-n1-r8-i2048-b32');
      expect(effective.weights.rate).toBe(arm.values.weightRate * 4);
      expect(effective.weights.rateMin).toBe(paper.weights.rateMin * 4);
      expect(effective.alpha.rate).toBe(arm.values.alphaRate * 6.109375);
      expect(paper.weights.rate).toBe(arm.values.weightRate);
      expect(effective.alpha.l2).toBe(arm.values.l2);
      // No schedule may rise.
      if (paper.weights.schedule === 'cosine') {
        expect(paper.weights.rate).toBeGreaterThan(paper.weights.rateMin);
      }
    }
  });

  it('takes what a space’s own code does otherwise from it', () => {
    const of201 = armConfig(armByKey('baseline'), 'tiny');
    expect(of201.paper).toMatchObject({ batch: 64, channels: 16, cells: 5 });
    expect(Object.hasOwn(of201.paper, 'space')).toBe(false);
    expect(of201.effective.weights.decay).toBe(5e-4);
    const { paper, effective } = armConfig(armByKey('one-shot-3'), 'tiny');
    expect(paper).toMatchObject({ space: 'nas-bench-1shot1-3', batch: 96, channels: 16, cells: 3 });
    expect(effective).toMatchObject({ space: 'nas-bench-1shot1-3', swap: false, warmup: 0 });
    expect([paper.weights.decay, effective.weights.decay]).toEqual([3e-4, 3e-4]);
    expect(liveOptimisers({ paper, effective }, { swap: false, l2: 1e-3 })).toEqual({
      weights: effective.weights,
      alpha: effective.alpha,
    });
    const keys = deviations({ paper, effective }).map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(['alpha-budget', 'split', 'cells', 'batch']));
    for (const key of ['clip-norm', 'convolution-bias', 'epochs']) expect(keys).not.toContain(key);
  });

  it('deviates in epochs and schedule only where the paper says otherwise', () => {
    const keys = (key: ArmKey) =>
      deviations(armConfig(armByKey(key), 'tiny')).map(({ key }) => key);
    expect(keys('long')).not.toContain('epochs');
    expect(keys('long')).not.toContain('weight-schedule');
    expect(keys('swapped')).toContain('weight-schedule');
    const longer = deviations(resolveConfig({ ...DEFAULT_SETTINGS, epochs: 500 }));
    expect(longer.map(({ key }) => key)).toContain('epochs');
  });
});

describe('the scale `bench`', () => {
  const protocol = readFileSync('docs/protocol.md', 'utf8');

  it('has the candidates that the protocol lists, with these factors', () => {
    const listed = [...protocol.matchAll(/^\| \d +\| `([^`]+)`(.*)$/gm)];
    expect(listed.map(([, name]) => name)).toEqual(BENCH_CANDIDATES);
    for (const [, name, rest] of listed) {
      const scale = scaleByName(name!);
      const cells = rest!.split('|').map((cell) => cell.trim());
      expect(cells).toContain(String(stepsPerEpoch(scale)));
      expect(cells).toContain(String(Number(scale.weightFactor.toFixed(4))));
      expect(cells).toContain(scale.alphaFactor.toFixed(4));
      expect(scale.alphaFactor / scale.weightFactor).toBeLessThanOrEqual(1.6);
    }
  });

  it('costs what the protocol says', () => {
    const rows = [...protocol.matchAll(/^\| \d+ +\| ([^|]+?) +\| .* \| (\d) +\| ([\d.]+) +\|$/gm)];
    // These came later, with an order of their own.
    const later: readonly string[] = ['methods', 'eta', 'hessian', 'stages'];
    expect(rows.map(([, name]) => name)).toEqual(
      EXPERIMENTS.filter(({ key }) => !later.includes(key)).map(({ key, name }) =>
        key === 'baseline' ? 'baseline' : key === 'sweep' ? 'weight-LR sweep' : name,
      ),
    );
    rows.forEach(([, , seeds, units], at) => {
      const { key, arms, seeds: own } = EXPERIMENTS[at]!;
      expect(own).toHaveLength(Number(seeds));
      // Exp.8 was counted at 1.5 units per 50 epochs before its steps had been measured.
      const each = (arm: ArmKey) => (key === 'exp8' ? 10 * 1.5 : armCost(arm));
      const cost = own.length * arms.reduce((sum, arm) => sum + each(arm), 0);
      expect(cost).toBeCloseTo(Number(units), 6);
    });
  });

  const runsOf = (scale: string, skips: readonly (number | null)[], seconds = 120) =>
    skips.map((count, at): CalibrationRun => ({ scale, seed: 100 + at, skips: count, seconds }));
  const [first, second] = BENCH_CANDIDATES;

  it('is open while seeds of a candidate are missing', () => {
    expect(calibrate([])).toEqual({ state: 'open', scale: first, seeds: CALIBRATION_SEEDS });
    expect(calibrate(runsOf(first, [6, 6, 6]))).toEqual({
      state: 'open',
      scale: first,
      seeds: [103, 104],
    });
  });

  it('is the first that collapses in four of five seeds', () => {
    expect(calibrate(runsOf(first, [6, 4, 3, 5, 6]))).toEqual({
      state: 'chosen',
      scale: first,
      why: 'collapsed',
    });
    const rejected = runsOf(first, [6, null, 3, 5, 6]);
    expect(calibrate(rejected)).toMatchObject({ state: 'open', scale: second });
    expect(calibrate([...rejected, ...runsOf(second, [6, 6, 6, 6, 6])])).toMatchObject({
      scale: second,
    });
  });

  it('is the largest affordable when none collapses', () => {
    const none = BENCH_CANDIDATES.flatMap((scale, at) =>
      runsOf(scale, [0, 0, 0, 0, 0], at < 4 ? 300 : 700),
    );
    expect(calibrate(none)).toEqual({
      state: 'chosen',
      scale: BENCH_CANDIDATES[3],
      why: 'largest',
    });
    const all = BENCH_CANDIDATES.flatMap((scale) => runsOf(scale, [0, 0, 0, 0, 0], 300));
    expect(calibrate(all)).toMatchObject({ scale: BENCH_CANDIDATES.at(-1), why: 'largest' });
  });

  it('does not exist when the first takes too long, and no other seed counts', () => {
    expect(calibrate(runsOf(first, [6, 6, 6, 6, 6], 601))).toEqual({ state: 'impossible' });
    const others = runsOf(first, [6, 6, 6, 6, 6]).map((run) => ({ ...run, seed: run.seed - 100 }));
    expect(calibrate(others)).toMatchObject({ state: 'open' });
  });
});
