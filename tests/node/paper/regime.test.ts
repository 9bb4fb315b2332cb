import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../src/paper/config';
import { DEFAULT_SETTINGS, matchRegime, REGIMES, regimeLabel } from '../../../src/paper/regime';
import { validateSettings } from '../../../src/paper/validate';
import { settings } from './arbitrary';

describe('named regimes', () => {
  it('are the five of the page', () => {
    expect(REGIMES.map(({ key }) => key)).toEqual([
      'baseline',
      'swapped',
      'warmup',
      'l2',
      'no-skip',
    ]);
  });

  it('are found again in whatever frame they are applied, and keep the frame', () => {
    fc.assert(
      fc.property(settings, fc.constantFrom(...REGIMES), (any, regime) => {
        const applied = regime.apply(any);
        expect(matchRegime(applied)).toBe(regime.key);
        expect(applied.epochs).toBe(any.epochs);
        expect(applied.scale).toBe(any.scale);
        expect(validateSettings(applied).problems).toEqual([]);
      }),
    );
  });

  it('match nothing else', () => {
    expect(matchRegime({ ...DEFAULT_SETTINGS, swap: true, warmup: 30 })).toBeNull();
    expect(matchRegime({ ...DEFAULT_SETTINGS, warmup: 20 })).toBeNull();
    expect(matchRegime({ ...DEFAULT_SETTINGS, ops: ['none', 'skip_connect'] })).toBeNull();
  });

  it('start from the paper’s baseline at the smallest scale', () => {
    expect(DEFAULT_SETTINGS).toMatchObject({ epochs: 50, l2: 0.001, swap: false, scale: 'tiny' });
    expect(matchRegime(DEFAULT_SETTINGS)).toBe('baseline');
  });
});

describe('a regime’s label', () => {
  const cases: readonly [Partial<Settings>, string][] = [
    [{}, 'baseline'],
    [{ scale: 'small', epochs: 500 }, 'baseline'],
    [{ swap: true }, 'swapped rates'],
    [{ warmup: 30 }, 'warm-up 30'],
    [
      { l2: 0.01, ops: ['none', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] },
      'L2 0.01, no skip',
    ],
    [{ ops: ['nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] }, 'no none and skip'],
    [{ swap: true, ops: ['nor_conv_1x1', 'nor_conv_3x3'] }, 'swapped rates, only 1×1 and 3×3'],
  ];
  it.each(cases)('%j is named %s', (change, label) => {
    expect(regimeLabel({ ...DEFAULT_SETTINGS, ...change })).toBe(label);
  });
});
