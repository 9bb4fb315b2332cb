import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../../src/paper/resolve';
import { deviations } from '../../../src/paper/deviations';
import { isFrozen, stageAt, stagesOf } from '../../../src/paper/method/stages';
import { DEFAULT_SETTINGS, regimeLabel } from '../../../src/paper/regime';
import { stepMultiplyAdds } from '../../../src/paper/step-cost';
import type { Settings } from '../../../src/paper/config';
import { validateSettings, type SettingsInput } from '../../../src/paper/validate';
import { liveAt } from '../../../src/trace/toggle';

const PROGRESSIVE: Settings = {
  ...DEFAULT_SETTINGS,
  method: 'drnas',
  options: ['progressive'],
};
const effectiveOf = (settings: Partial<Settings> = {}) =>
  resolveConfig({ ...PROGRESSIVE, ...settings }).effective;

describe('stages', () => {
  test('a progressive search has two, each with alpha frozen in its first fifth', () => {
    expect(stagesOf(effectiveOf({ epochs: 50 }))).toEqual([
      { after: 0, epochs: 25, frozen: 5, partial: 4 },
      { after: 25, epochs: 25, frozen: 5, partial: 2, keeps: 3 },
    ]);
    // As long as in the method's own code.
    const full = effectiveOf({ epochs: 100 });
    expect(stagesOf(full).map(({ epochs, frozen }) => [epochs, frozen])).toEqual([
      [50, 10],
      [50, 10],
    ]);
    const odd = stagesOf(effectiveOf({ epochs: 5 }));
    expect(odd.map(({ after, epochs, frozen }) => [after, epochs, frozen])).toEqual([
      [0, 3, 1],
      [3, 2, 1],
    ]);
  });

  test('every other search has one', () => {
    expect(stagesOf(effectiveOf({ options: ['kl'] }))).toEqual([
      { after: 0, epochs: 50, frozen: 0 },
    ]);
    expect(stagesOf({ method: 'pc-darts', epochs: 50 })).toEqual([
      { after: 0, epochs: 50, frozen: 15, partial: 4 },
    ]);
  });

  test('begin behind the warm-up, which is of the first', () => {
    const config = effectiveOf({ warmup: 3, epochs: 10 });
    const epochs = Array.from({ length: 13 }, (_, i) => i + 1);
    expect(epochs.map((epoch) => stageAt(config, epoch)).join('')).toBe('0000000011111');
    expect(stageAt(config, 0)).toBe(0);
    const frozen = epochs.map((epoch) => isFrozen(config, epoch));
    expect(frozen.map(Number).join('')).toBe('1111000010000');
    expect(epochs.map((epoch) => liveAt(config, [], epoch).frozen)).toEqual(frozen);
    const toggles = [{ fromEpoch: 9, frozen: false }];
    expect(liveAt(config, toggles, 9).frozen).toBe(false);
  });

  test('cost as many multiply-adds as their operations see channels', () => {
    const config = effectiveOf();
    const [first, second] = stagesOf(config).map((stage) => stepMultiplyAdds(config, stage));
    const all = stepMultiplyAdds(config, {});
    expect(first).toBeLessThan(second!);
    expect(second).toBeLessThan(all);
    // Of what the cells' convolutions take, a sixteenth and a quarter.
    expect((second! - first!) / (all - first!)).toBeCloseTo((1 / 4 - 1 / 16) / (1 - 1 / 16), 12);
  });

  test.each<[SettingsInput, string, string]>([
    [
      { ops: ['none', 'skip_connect', 'nor_conv_3x3'] },
      'Operations',
      'Operations: a progressive search keeps 3 on each edge, so that it needs more than 3.',
    ],
    [
      { epochs: 3 },
      'Epochs',
      'Epochs: a progressive search has 2 stages and needs at least 4, not 3.',
    ],
    [{ scale: 'c6-n1-r8-i64' }, 'Scale', 'Scale: drnas needs a multiple of 4 channels, not 6.'],
    [
      { hessian: true },
      'Measure the Hessian',
      'Measure the Hessian: a progressive search changes its supernet on the way, so that eigenvalues before and after cannot be compared.',
    ],
    [
      { stop: 'es' },
      'Stop early',
      'Stop early: a progressive search changes its supernet on the way, so that eigenvalues before and after cannot be compared.',
    ],
    [{ method: 'gdas' }, 'Options', 'Options: gdas has no progressive.'],
  ])('are refused with %o', (change, field, message) => {
    const { problems } = validateSettings({ ...PROGRESSIVE, ...change });
    expect(problems).toEqual([{ field, message }]);
    // Each is right without the option, or of the method that has it.
    const without = validateSettings({ ...PROGRESSIVE, ...change, options: [] });
    expect(without.problems).toEqual([]);
  });

  test('are found fit in all other company', () => {
    for (const change of [
      {},
      { epochs: 4 },
      { options: 'progressive,kl' },
      { swap: true, warmup: 10 },
      { stop: 'ss:nor_conv_3x3:10' },
      { ops: 'none,skip_connect,nor_conv_1x1,nor_conv_3x3' },
    ]) {
      expect(validateSettings({ ...PROGRESSIVE, ...change }).problems).toEqual([]);
    }
    const { settings } = validateSettings({ ...PROGRESSIVE, options: 'progressive,kl' });
    expect(settings.options).toEqual(['kl', 'progressive']);
    expect(regimeLabel(PROGRESSIVE)).toContain('progressive');
  });

  test('change what is told of how a run differs from the method', () => {
    const told = (settings: Settings) =>
      deviations(resolveConfig(settings)).filter(({ key }) => key.startsWith('drnas-'));
    const usual = told({ ...PROGRESSIVE, options: ['kl'] });
    const own = told(PROGRESSIVE);
    const keyed = (rows: typeof usual) => rows.map(({ key }) => key).sort();
    expect(keyed(usual)).toEqual(['drnas-alpha', 'drnas-evaluation', 'drnas-progressive']);
    expect(keyed(own)).toEqual([
      'drnas-alpha',
      'drnas-dropped',
      'drnas-evaluation',
      'drnas-progressive',
    ]);
    const rowOf = (rows: typeof usual) => rows.find(({ key }) => key === 'drnas-progressive');
    expect(rowOf(own)?.here).toContain('halves');
    expect(rowOf(usual)?.here).not.toBe(rowOf(own)?.here);
  });
});
