import { describe, expect, test } from 'vitest';
import { METHOD_NAMES, type RunConfig, type Settings } from '../../../src/paper/config';
import { ARM_KEYS } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { DEFAULT_SETTINGS, REGIMES } from '../../../src/paper/regime';
import { resolveConfig } from '../../../src/paper/resolve';
import { isPapers, settingRows } from '../../../src/paper/setting-rows';

/** Paths of all values, lists counting as one. */
function paths(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
    const path = before + key;
    const inside = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
    return inside ? paths(entry, `${path}.`) : [path];
  });
}

const STOPPED: Settings = {
  ...DEFAULT_SETTINGS,
  stop: { rule: 'ss', operation: 'nor_conv_3x3', patience: 10 },
};

const WEIGHED: Settings = { ...DEFAULT_SETTINGS, method: 'amended-darts', eta: 0.01 };

const KL: Settings = { ...DEFAULT_SETTINGS, method: 'drnas', options: ['kl'] };

const CONFIGS: readonly (readonly [string, RunConfig])[] = [
  ...ARM_KEYS.map((arm) => [arm, configFor({ arm, scale: 'bench' })] as const),
  ...REGIMES.map(({ key, apply }) => [key, resolveConfig(apply(DEFAULT_SETTINGS))] as const),
  ['stopped early', resolveConfig(STOPPED)],
  ['another eta', resolveConfig(WEIGHED)],
  ['an option of the method', resolveConfig(KL)],
  ['stopped by DARTS-ES', resolveConfig({ ...DEFAULT_SETTINGS, stop: { rule: 'es' } })],
  ...METHOD_NAMES.map(
    (method) => [method, resolveConfig({ ...DEFAULT_SETTINGS, method })] as const,
  ),
];

describe('the lines of the honesty panel', () => {
  test.each(CONFIGS)('tell every key of the configuration of %s, once', (_name, config) => {
    const told = settingRows(config).flatMap(({ keys }) => keys);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(expect.arrayContaining(paths(config.effective)));
  });

  test('mark what is not the paper’s', () => {
    const other = (settings: Partial<Settings>) =>
      settingRows(resolveConfig({ ...DEFAULT_SETTINGS, ...settings }))
        .filter((row) => !isPapers(row))
        .flatMap(({ keys }) => keys);
    expect(other({ scale: 'paper' })).toEqual(['scale.name']);
    const tiny = other({ scale: 'tiny' });
    expect(tiny).toEqual(expect.arrayContaining(['scale.channels', 'scale.images', 'alpha.rate']));
    expect(tiny).not.toContain('weights.momentum');
    expect(other({ scale: 'paper', stop: STOPPED.stop! })).toContain('stop.rule');
    expect(other({ ...WEIGHED, scale: 'paper' })).toContain('eta');
    expect(other({ scale: 'paper', method: 'amended-darts' })).not.toContain('eta');
    expect(other({ ...KL, scale: 'paper' })).toContain('options');
    expect(other({ scale: 'paper', method: 'drnas' })).not.toContain('options');
    expect(other({ scale: 'paper', stages: true })).toEqual(['space', 'scale.name']);
  });
});
