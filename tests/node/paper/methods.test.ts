import { describe, expect, test } from 'vitest';
import { METHOD_NAMES } from '../../../src/paper/config';
import { deviations } from '../../../src/paper/deviations';
import { armByKey } from '../../../src/paper/experiment/arm';
import { armConfig, armOf } from '../../../src/paper/experiment/config';
import { EXPLANATIONS } from '../../../src/paper/method/explanations';
import { recipeOf } from '../../../src/paper/method/recipe';
import { METHOD_FACTS } from '../../../src/paper/method/registry';
import { DEFAULT_SETTINGS, regimeLabel } from '../../../src/paper/regime';
import { resolveConfig } from '../../../src/paper/resolve';
import { liveAt } from '../../../src/trace/toggle';
import { parseNotation } from '../../../src/view/math/notation';
import { validateSettings } from '../../../src/paper/validate';

const resolve = (change: Partial<typeof DEFAULT_SETTINGS>) =>
  resolveConfig({ ...DEFAULT_SETTINGS, ...change });

describe('search methods', () => {
  test.each(METHOD_NAMES)('%s says what it is and where it comes from', (name) => {
    expect(METHOD_FACTS[name].name).toBe(name);
    const facts = EXPLANATIONS[name];
    expect(facts.summary.length).toBeGreaterThan(100);
    expect(facts.summary).toMatch(/^[A-Z].*\.$/);
    expect(facts.equations.length).toBeGreaterThan(0);
    for (const { math, words } of facts.equations) {
      expect(parseNotation(math)).toMatchObject({ kind: 'row' });
      expect(words).toMatch(/^[A-Z].*\.$/);
    }
    expect(facts.source).toMatch(/: .*\. .*\d{4}$/);
  });

  test('have titles of their own', () => {
    expect(new Set(Object.values(METHOD_FACTS).map(({ title }) => title)).size).toBe(
      METHOD_NAMES.length,
    );
  });

  test('keep the order and the optimiser of their own code', () => {
    const table = METHOD_NAMES.map((method) => {
      const { first, nesterov, decay, batch } = recipeOf({ method });
      return [method, first, nesterov, decay, batch];
    });
    expect(table).toEqual([
      ['darts-v1', 'weights', true, 5e-4, 64],
      ['darts-v2', 'alpha', true, 5e-4, 64],
      ['gaea-erm', 'alpha', false, 3e-4, 160],
      ['gaea-bilevel', 'alpha', false, 3e-4, 160],
      ['drnas', 'alpha', false, 3e-4, 256],
      ['gdas', 'weights', true, 5e-4, 64],
      ['setn', 'weights', true, 5e-4, 64],
      ['rsps', 'weights', true, 5e-4, 64],
      ['amended-darts', 'alpha', false, 3e-4, 96],
      ['pc-darts', 'alpha', false, 3e-4, 256],
      ['enas', 'weights', true, 5e-4, 128],
    ]);
  });

  test('with one level take twice the steps', () => {
    expect(resolve({ method: 'gaea-bilevel' }).effective.stepsPerEpoch).toBe(32);
    expect(resolve({ method: 'gaea-erm' }).effective.stepsPerEpoch).toBe(64);
    expect(resolve({ method: 'gaea-erm', scale: 'paper' }).paper.images).toBe(50_000);
  });

  test('have an arm each, named after them, which no other setting shares', () => {
    expect(armOf(resolve({}))?.key).toBe('baseline');
    for (const method of METHOD_NAMES.slice(1)) {
      const own = resolve({ method, scale: 'bench' });
      expect(armOf(own)?.key).toBe(method);
      expect(armConfig(armByKey(armOf(own)!.key), 'bench')).toEqual(own);
      expect(armOf(resolve({ method, epochs: 49 }))).toBeNull();
      expect(armOf(resolve({ method, warmup: 10 }))).toBeNull();
    }
    expect(armOf(resolve({ method: 'drnas', swap: true }))).toBeNull();
    expect(armOf(resolve({ method: 'gaea-erm', swap: true }))?.key).toBe('ex-gaea-erm');
    const keys = deviations(resolve({ method: 'gdas' })).map(
      ({ key, paper }) => `${key}: ${paper}`,
    );
    expect(keys).toContain('epochs: 250 joint epochs');
  });

  test('are named in the label of a regime', () => {
    expect(regimeLabel({ ...DEFAULT_SETTINGS, method: 'gdas', swap: true })).toBe(
      'GDAS, swapped rates',
    );
    // Without an L2 of alpha there is none to name.
    expect(regimeLabel({ ...DEFAULT_SETTINGS, method: 'rsps', l2: 0 })).toBe('RSPS');
  });

  test('tell their deviations, and the clip of the benchmark only where it is theirs', () => {
    const keys = (method: (typeof METHOD_NAMES)[number]) =>
      deviations(resolve({ method })).map(({ key }) => key);
    expect(keys('gdas')).toEqual(expect.arrayContaining(['clip-norm', 'gdas-cost']));
    expect(keys('gaea-erm')).toContain('alpha-budget');
    expect(keys('gaea-erm')).not.toContain('clip-norm');
    expect(keys('setn')).toContain('selection');
  });

  test('with partial channels ask for channels that can be parted', () => {
    const { problems } = validateSettings({ method: 'pc-darts', scale: 'c6-n1-r8-i64' });
    expect(problems).toEqual([
      { field: 'Scale', message: 'Scale: pc-darts needs a multiple of 4 channels, not 6.' },
    ]);
    expect(validateSettings({ method: 'pc-darts' }).problems).toEqual([]);
  });

  test('that freeze alpha at first do so behind the warm-up, and a toggle counts more', () => {
    const { effective } = resolve({ method: 'pc-darts', warmup: 10, epochs: 50 });
    const frozen = (epoch: number) => liveAt(effective, [], epoch).frozen;
    expect([1, 10, 11, 25, 26, 60].map(frozen)).toEqual([true, true, true, true, false, false]);
    expect(liveAt(effective, [{ fromEpoch: 12, frozen: false }], 20).frozen).toBe(false);
    const { effective: other } = resolve({ warmup: 10 });
    expect(liveAt(other, [], 11).frozen).toBe(false);
  });

  test('other than DARTS-V1 are refused in NAS-Bench-1Shot1', () => {
    const { problems } = validateSettings({ method: 'gdas', space: 'nas-bench-1shot1-1' });
    expect(problems).toEqual([
      { field: 'Method', message: 'Method: gdas searches NAS-Bench-201 alone.' },
    ]);
  });
});
