import { describe, expect, it } from 'vitest';
import { armByKey, ARMS, type ArmKey } from '../../../../src/paper/experiment/arm';
import { BENCH_CANDIDATES } from '../../../../src/paper/experiment/bench';
import { paperBudget, scaledBudget } from '../../../../src/paper/experiment/budget';
import { scaleByName } from '../../../../src/paper/scale';
import { isOneShot } from '../../../../src/paper/space/space';

const paper = (key: ArmKey) => paperBudget(armByKey(key));

describe('budgets at full scale', () => {
  it('are the reference’s', () => {
    expect(paper('baseline').weights).toBeCloseTo(258.8, 1);
    expect(paper('baseline').alpha).toBeCloseTo(5.865, 12);
    expect(paper('baseline').ratio).toBeCloseTo(44.1, 1);
    expect(paper('swapped').weights).toBeCloseTo(5.865, 12);
    expect(paper('swapped').alpha).toBeCloseTo(488.75, 9);
    expect(1 / paper('swapped').ratio).toBeCloseTo(83.3, 1);
    expect(paper('long').weights).toBeCloseTo(58.65, 9);
    expect(paper('long').alpha).toBeCloseTo(195.5, 9);
    expect(1 / paper('long').ratio).toBeCloseTo(3.33, 2);
    const exp4 = (['alpha-.001', 'alpha-.002', 'alpha-.003'] as const).map(paper);
    expect(exp4.map(({ alpha }) => Number(alpha.toFixed(2)))).toEqual([19.55, 39.1, 58.65]);
  });

  it.each<[ArmKey, number]>([
    ['baseline', 19_550],
    ['warmup-10', 23_460],
    ['warmup-20', 27_370],
    ['warmup-30', 31_280],
    ['warmup-100', 58_650],
    ['long', 195_500],
    ['one-shot-1', 130_500],
  ])('%s takes %i steps', (key, steps) => {
    expect(paper(key).steps).toBe(steps);
  });
});

describe('budgets at a candidate scale', () => {
  it('keep alpha’s, and shrink the ratio by one factor in every arm', () => {
    for (const name of BENCH_CANDIDATES) {
      const scale = scaleByName(name);
      const shrink = scale.weightFactor / scale.alphaFactor;
      for (const arm of ARMS.filter(({ values }) => values.method === 'darts-v1')) {
        const full = paperBudget(arm);
        const here = scaledBudget(arm, scale);
        expect(here.ratio / full.ratio).toBeCloseTo(shrink, 12);
        if (isOneShot(arm.values.space)) {
          expect(here.alpha / full.alpha).toBeCloseTo(391 / 261, 12);
        } else expect(here.alpha).toBeCloseTo(full.alpha, 9);
      }
    }
  });
});
