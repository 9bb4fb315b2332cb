import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, REGIMES } from '../../../src/paper/regime';
import { armConfig, armLabel, EXPERIMENTS } from '../../../src/paper/experiment';
import { resolveConfig } from '../../../src/paper/resolve';
import { scaleByName } from '../../../src/paper/scale';

const FRAME = { method: 'darts-v1', scale: 'paper', epochs: 50 } as const;
const configs = (number: number, frame: Parameters<typeof armConfig>[1] = FRAME) =>
  EXPERIMENTS[number]!.arms.map((arm) => armConfig(arm, frame));

describe('the experiments', () => {
  test('are numbered from the baseline on', () => {
    expect(EXPERIMENTS.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(
      EXPERIMENTS.filter(({ missing }) => missing !== null).map(({ number }) => number),
    ).toEqual([8]);
    for (const { arms, missing } of EXPERIMENTS) expect(arms.length > 0).toBe(missing === null);
  });

  test('have the paper’s epochs, rates and L2', () => {
    const rows = EXPERIMENTS.slice(0, 8).flatMap(({ number }) =>
      configs(number).map(({ paper: { warmup, epochs, weights, alpha, ops } }) =>
        [
          number,
          warmup,
          epochs,
          weights.rate,
          weights.schedule,
          alpha.rate,
          alpha.l2,
          ops.length,
        ].join(' '),
      ),
    );
    expect(rows).toEqual([
      '0 0 50 0.025 cosine 0.0003 0.001 5',
      '1 10 50 0.025 cosine 0.0003 0.001 5',
      '1 20 50 0.025 cosine 0.0003 0.001 5',
      '1 30 50 0.025 cosine 0.0003 0.001 5',
      '2 0 50 0.025 cosine 0.0003 0.005 5',
      '2 0 50 0.025 cosine 0.0003 0.01 5',
      '3 100 50 0.025 cosine 0.0003 0.001 5',
      '4 0 50 0.025 cosine 0.001 0.001 5',
      '4 0 50 0.025 cosine 0.002 0.001 5',
      '4 0 50 0.025 cosine 0.003 0.001 5',
      '5 0 50 0.0003 constant 0.025 0.001 5',
      '6 0 50 0.025 cosine 0.0003 0.001 4',
      '7 0 500 0.0003 constant 0.001 0.001 5',
    ]);
  });

  test('scale rates of their own by the factors of every arm', () => {
    const { weightFactor, alphaFactor } = scaleByName('tiny');
    const [{ effective }] = configs(7, { ...FRAME, scale: 'tiny' }) as [
      ReturnType<typeof armConfig>,
    ];
    expect(effective.weights.rate).toBe(0.0003 * weightFactor);
    expect(effective.weights.schedule).toBe('constant');
    expect(effective.alpha.rate).toBe(0.001 * alphaFactor);
  });

  test('without rates of their own are what the page calls by the same name', () => {
    for (const { apply } of REGIMES) {
      const expected = resolveConfig(apply({ ...DEFAULT_SETTINGS, scale: 'tiny', epochs: 7 }));
      const frame = { ...FRAME, scale: 'tiny', epochs: 7 };
      const all = EXPERIMENTS.flatMap(({ number }) => configs(number, frame));
      expect(all).toContainEqual(expected);
    }
  });

  test('have arms with names that differ', () => {
    const labels = EXPERIMENTS.flatMap(({ arms }) => arms.map(armLabel));
    expect(labels).toEqual([...new Set(labels)]);
    expect(labels).toContain('warm-up 20');
    expect(labels).toContain('alpha rate 0.002');
    expect(labels).toContain('weight rate 0.0003, alpha rate 0.001');
  });
});
