import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MethodName, RunConfig, Settings } from '../../../src/paper/config';
import { METHOD_FACTS } from '../../../src/paper/method/registry';
import { deviations } from '../../../src/paper/deviations';
import { OPERATIONS } from '../../../src/paper/operation';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { liveOptimisers, resolveConfig, settingsOf } from '../../../src/paper/resolve';
import { ScaleError } from '../../../src/paper/scale';
import { rateAt } from '../../../src/paper/schedule';
import { settings } from './arbitrary';

interface Rates {
  readonly weights: number;
  readonly alpha: number;
}

/** Before and after a swap. */
const BENCHMARK: { readonly own: Rates; readonly swapped: Rates } = {
  own: { weights: 0.025, alpha: 0.0003 },
  swapped: { weights: 0.0003, alpha: 0.025 },
};
const GAEA = { ...BENCHMARK, own: { weights: 0.025, alpha: 0.1 } };

/** Of methods that have others than the benchmark's. */
const RATES: Partial<Record<MethodName, typeof BENCHMARK>> = {
  'gaea-erm': GAEA,
  'gaea-bilevel': GAEA,
  rsps: { own: { weights: 0.025, alpha: 0 }, swapped: { weights: 0.0003, alpha: 0 } },
  enas: { own: { weights: 0.025, alpha: 0.001 }, swapped: { weights: 0.001, alpha: 0.025 } },
  'pc-darts': { own: { weights: 0.1, alpha: 0.0006 }, swapped: { weights: 0.0006, alpha: 0.1 } },
};

const resolve = (change: Partial<Settings>): RunConfig =>
  resolveConfig({ ...DEFAULT_SETTINGS, ...change });

describe('resolving settings', () => {
  it('gives the benchmark’s DARTS-V1 at full scale', () => {
    const { paper, effective } = resolve({ scale: 'paper' });
    expect(paper).toEqual({
      method: 'darts-v1',
      ops: [...OPERATIONS],
      swap: false,
      warmup: 0,
      epochs: 50,
      batch: 64,
      channels: 16,
      cells: 5,
      resolution: 32,
      images: 25_000,
      weights: {
        rate: 0.025,
        rateMin: 0.001,
        schedule: 'cosine',
        momentum: 0.9,
        decay: 0.0005,
        clip: 5,
      },
      alpha: { rate: 0.0003, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, l2: 0.001, init: 0.001 },
    });
    expect(effective.weights).toEqual(paper.weights);
    expect(effective.alpha).toEqual(paper.alpha);
    expect(effective.stepsPerEpoch).toBe(391);
  });

  it('scales the baseline by the factors of its scale', () => {
    const { effective } = resolve({ scale: 'tiny' });
    expect(effective.weights).toMatchObject({ rate: 0.1, rateMin: 0.004, schedule: 'cosine' });
    expect(effective.alpha.rate).toBeCloseTo(0.003665625, 15);
    expect(effective.alpha.l2).toBe(0.001);
    expect(effective.stepsPerEpoch).toBe(32);
  });

  it('swaps first and scales after it, with a constant weight rate', () => {
    const { paper, effective } = resolve({ scale: 'tiny', swap: true });
    expect(paper.weights).toMatchObject({ rate: 0.0003, schedule: 'constant' });
    expect(paper.alpha.rate).toBe(0.025);
    expect(effective.weights.schedule).toBe('constant');
    expect(effective.weights.rate).toBeCloseTo(0.0012, 15);
    expect(effective.alpha.rate).toBeCloseTo(0.025 * 12.21875, 15);
  });

  it('never schedules a rise, and keeps the factors equal in both arms', () => {
    fc.assert(
      fc.property(settings, (any) => {
        const plain = resolveConfig({ ...any, swap: false });
        const swapped = resolveConfig({ ...any, swap: true });
        for (const { effective } of [plain, swapped]) {
          const { weights, epochs } = effective;
          expect(rateAt(weights, epochs - 1, epochs)).toBeLessThanOrEqual(weights.rate);
        }
        const { weightFactor, alphaFactor } = plain.effective.scale;
        const rates = RATES[any.method] ?? BENCHMARK;
        for (const [{ effective }, { weights, alpha }] of [
          [plain, rates.own],
          [swapped, rates.swapped],
        ] as const) {
          expect(effective.weights.rate).toBe(weights * weightFactor);
          expect(effective.alpha.rate).toBe(alpha * alphaFactor);
        }
      }),
    );
  });

  it('can be undone, and survives JSON', () => {
    fc.assert(
      fc.property(settings, (any) => {
        const config = resolveConfig(any);
        expect(resolveConfig(settingsOf(config))).toEqual(config);
        expect(JSON.parse(JSON.stringify(config))).toEqual(config);
        const l2 = METHOD_FACTS[any.method].l2 ? any.l2 : 0;
        expect(settingsOf(config)).toEqual({ ...any, l2, scale: config.effective.scale.name });
      }),
    );
  });

  it('refuses a scale that does not exist', () => {
    expect(() => resolve({ scale: 'vast' })).toThrow(ScaleError);
  });

  it('gives a mid-run change the optimisers of a run that had it from the start', () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.constantFrom(0, 0.01), (any, swap, l2) => {
        const { weights, alpha } = resolveConfig({ ...any, swap, l2 }).effective;
        expect(liveOptimisers(resolveConfig(any), { swap, l2 })).toEqual({ weights, alpha });
      }),
    );
  });
});

describe('deviations from the paper', () => {
  const keys = (change: Partial<Settings>): string[] =>
    deviations(resolve(change)).map(({ key }) => key);
  const ALWAYS = ['evaluation-statistics', 'clip-norm', 'convolution-bias', 'random-numbers'];

  it('of the paper’s own size are those of the implementation', () => {
    expect(keys({ scale: 'paper' })).toEqual(ALWAYS);
  });

  it('of tiny name its size and its rates', () => {
    expect(keys({ scale: 'tiny' })).toEqual([
      'channels',
      'cells',
      'resolution',
      'images',
      'weight-rate',
      'alpha-rate',
      'rate-ratio',
      ...ALWAYS,
    ]);
  });

  it('put the two values side by side', () => {
    const all = deviations(resolve({ scale: 'tiny' }));
    const byKey = (key: string) => all.find((deviation) => deviation.key === key);
    expect(byKey('weight-rate')).toMatchObject({
      paper: 'weight rate 0.025',
      here: 'weight rate 0.1',
    });
    expect(byKey('alpha-rate')?.here).toBe('alpha rate 0.003666');
    expect(byKey('images')).toMatchObject({
      paper: '25,000 images a half',
      here: '2,048 images a half',
    });
    expect(byKey('rate-ratio')?.here).toBe('that ratio divided by 3.055');
  });

  it('tell what was settled where the paper is silent', () => {
    expect(keys({ scale: 'paper', swap: true, warmup: 30 })).toEqual([
      'weight-schedule',
      'alpha-schedule',
      'warmup-schedule',
      ...ALWAYS,
    ]);
  });

  it('include a batch or a length of the visitor’s own', () => {
    expect(keys({ scale: 'c16-n5-r32-i25000-b32', epochs: 20 })).toEqual([
      'batch',
      'epochs',
      'weight-rate',
      'alpha-rate',
      ...ALWAYS,
    ]);
  });

  it('are complete sentences’ parts with unique keys, whatever the settings', () => {
    fc.assert(
      fc.property(settings, (any) => {
        const all = deviations(resolveConfig(any));
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        for (const { paper, here, why } of all) {
          expect(paper).not.toBe(here);
          expect(`${paper}${here}${why}`).not.toMatch(/NaN|undefined|Infinity/);
        }
      }),
    );
  });
});
