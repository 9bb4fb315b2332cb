import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EarlyStop } from '../../../../src/paper/config';
import { deviations } from '../../../../src/paper/deviations';
import { armOf } from '../../../../src/paper/experiment/config';
import { OPERATIONS } from '../../../../src/paper/operation';
import { DEFAULT_SETTINGS, regimeLabel } from '../../../../src/paper/regime';
import { resolveConfig, settingsOf } from '../../../../src/paper/resolve';
import {
  DEFAULT_PATIENCE,
  formatEarlyStop,
  parseEarlyStop,
} from '../../../../src/paper/stop/early-stop';
import { validateSettings } from '../../../../src/paper/validate';
import { readIndex } from '../../../../src/trace/recordings';
import { configDigest } from '../../../../src/trace/digest';
import type { TraceRun } from '../../../../src/trace/types';

const stops: fc.Arbitrary<EarlyStop> = fc.oneof(
  fc.record({
    rule: fc.constant('ss' as const),
    operation: fc.constantFrom(...OPERATIONS),
    patience: fc.integer({ min: 1, max: 2000 }),
  }),
  fc.constant({ rule: 'es' as const }),
);

describe('its text', () => {
  test('reads back as what was written', () => {
    fc.assert(
      fc.property(stops, (stop) => {
        expect(parseEarlyStop(formatEarlyStop(stop))).toEqual(stop);
      }),
    );
  });

  test('may be short', () => {
    const stop = { rule: 'ss', operation: 'nor_conv_3x3', patience: DEFAULT_PATIENCE };
    expect(parseEarlyStop('ss:3x3')).toEqual(stop);
    expect(parseEarlyStop(' ss:conv3x3:10 ')).toEqual(stop);
  });

  test.each([
    ['', /must read as/],
    ['sc:3x3:2', /must read as/],
    ['ss:3x3:10:1', /must read as/],
    ['ss:5x5:10', /"5x5" is not an operation/],
    ['ss:3x3:0', /from 1 to 2000, not "0"/],
    ['ss:3x3:2001', /from 1 to 2000/],
    ['ss:3x3:1.5', /not "1.5"/],
  ])('is refused as %j', (text, message) => {
    expect(() => parseEarlyStop(text)).toThrow(message);
  });
});

describe('a search that ends itself', () => {
  const stop = parseEarlyStop('ss:3x3:10');

  test('keeps the setting, is a regime of its own and of no arm', () => {
    const settings = { ...DEFAULT_SETTINGS, stop };
    const config = resolveConfig(settings);
    expect(config.paper.stop).toEqual(stop);
    expect(config.effective.stop).toEqual(stop);
    expect(settingsOf(config)).toEqual(settings);
    expect(armOf(resolveConfig(DEFAULT_SETTINGS))?.key).toBe('baseline');
    expect(armOf(config)).toBeNull();
    expect(regimeLabel(settings)).toBe('SS online 3×3, patience 10');
    expect(deviations(config).find(({ key }) => key === 'early-stop')?.here).toBe(
      'ends after 10 joint epochs without a new maximum of nor_conv_3x3',
    );
  });

  test('by DARTS-ES measures the Hessian, which needs a gradient of alpha', () => {
    const { settings, problems } = validateSettings({ stop: 'es' });
    expect(problems).toEqual([]);
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, stop: { rule: 'es' }, hessian: true });
    const config = resolveConfig({ ...DEFAULT_SETTINGS, stop: { rule: 'es' } });
    expect(config.effective.hessian).toBe(true);
    expect(settingsOf(config)).toEqual(settings);
    expect(regimeLabel(settings)).toBe('DARTS-ES');
    const keys = deviations(config).map(({ key }) => key);
    expect(keys).toContain('hessian');
    expect(keys).not.toContain('early-stop');
    for (const [input, name] of [
      [{ stop: 'es' }, 'Stop early'],
      [{ hessian: true }, 'Measure the Hessian'],
    ] as const) {
      const refused = validateSettings({ ...input, method: 'rsps' });
      expect(refused.settings).toEqual({ ...DEFAULT_SETTINGS, method: 'rsps' });
      expect(refused.problems).toEqual([
        { field: name, message: `${name}: rsps has no gradient of alpha.` },
      ]);
    }
    const oneShot = validateSettings({ hessian: '1', space: 'nas-bench-1shot1-1' });
    expect(oneShot.problems[0]?.message).toMatch(/NAS-Bench-201 alone/);
  });

  test('watches an operation that is searched', () => {
    const ops = OPERATIONS.filter((operation) => operation !== 'nor_conv_3x3');
    const { settings, problems } = validateSettings({ ops, stop: 'ss:3x3:10' });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, ops });
    expect(problems).toEqual([
      {
        field: 'Stop early',
        message: 'Stop early: nor_conv_3x3 is not one of the operations searched.',
      },
    ]);
    expect(validateSettings({ stop: null }, { ...DEFAULT_SETTINGS, stop }).settings).toEqual(
      DEFAULT_SETTINGS,
    );
    expect(validateSettings({ stop: 7 }).problems[0]?.message).toMatch(/must be a text/);
  });
});

test('leaves the digests of all recordings as they are', async () => {
  const folder = 'public/recordings';
  const entries = readIndex(JSON.parse(await readFile(`${folder}/index.json`, 'utf8')));
  expect(entries.length).toBeGreaterThan(0);
  for (const { file } of entries) {
    // Whole and valid by another test: npm run verdicts -- --pages.
    const text = gunzipSync(await readFile(`${folder}/${file}`)).toString();
    const { runs } = JSON.parse(text) as { readonly runs: readonly [TraceRun] };
    const [{ config, data, configDigest: kept }] = runs;
    expect('stop' in config.paper || 'stop' in config.effective, file).toBe(false);
    expect(await configDigest({ config, data }), file).toBe(kept);
    // A run of plain settings, made anew, has it too.
    const settings = settingsOf(config);
    if (JSON.stringify(resolveConfig(settings)) === JSON.stringify(config)) {
      expect(await configDigest({ config: resolveConfig(settings), data })).toBe(kept);
    }
  }
});
