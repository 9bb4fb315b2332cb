import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alpha } from '../../../src/paper/cell';
import { deriveGenotype } from '../../../src/paper/genotype';
import { clearLeader } from '../../../src/paper/magnitude';
import { OPERATIONS, type Operation } from '../../../src/paper/operation';
import { headline } from '../../../src/paper/sentence';
import { alphaOf } from './arbitrary';

/** Alpha under which `operation` leads and holds `edges` edges; 1x1 holds the others. */
function led(operation: Operation, edges = 6): Alpha {
  return Array.from({ length: 6 }, (_, edge) =>
    OPERATIONS.map((candidate) => {
      if (candidate === operation) return edge < edges ? 3 : 2;
      return candidate === (operation === 'nor_conv_1x1' ? 'none' : 'nor_conv_1x1')
        ? edge < edges
          ? 0
          : 2.1
        : 0;
    }),
  );
}
const LEVEL: Alpha = Array.from({ length: 6 }, () => [0.001, 0, -0.001, 0, 0.002]);
const times = (count: number, alpha: Alpha): Alpha[] => Array<Alpha>(count).fill(alpha);
const textOf = (trajectories: readonly (readonly Alpha[])[], epoch: number): string =>
  headline(trajectories, OPERATIONS, epoch).text;

describe('the headline', () => {
  it('of one seed says who leads, since when, and on how many edges', () => {
    const seed = [...times(22, led('avg_pool_3x3')), ...times(8, led('skip_connect', 4))];
    expect(headline([seed], OPERATIONS, 30)).toEqual({
      operation: 'skip_connect',
      text: 'Skip-connect leads since epoch 23; it now holds four of the six edges.',
    });
    expect(textOf([seed], 22)).toBe(
      'Average pooling leads since epoch 1; it now holds all six edges.',
    );
  });

  it('of several seeds counts from where all that lead have led', () => {
    const seeds = [3, 23, 10, 5, 1].map((start) => [
      ...times(start - 1, LEVEL),
      ...times(30 - start + 1, led('skip_connect', 4)),
    ]);
    expect(textOf(seeds, 30)).toBe(
      'Skip-connect leads since epoch 23 in 5 of 5 seeds; it now holds four of the six edges.',
    );
    expect(textOf(seeds, 12)).toBe(
      'Skip-connect leads since epoch 10 in 4 of 5 seeds; there it now holds four of the six edges.',
    );
  });

  it('gives the range where seeds hold different numbers of edges', () => {
    const seeds = [[led('nor_conv_3x3', 5)], [led('nor_conv_3x3', 3)]];
    expect(textOf(seeds, 1)).toBe(
      '3×3 convolution leads since epoch 1 in 2 of 2 seeds; it now holds between three and five of the six edges.',
    );
  });

  it('forgets an earlier stretch that was interrupted', () => {
    const seed = [led('skip_connect'), led('none'), led('skip_connect'), led('skip_connect')];
    expect(textOf([seed], 4)).toContain('leads since epoch 3;');
  });

  it('does not let the none operation read as nobody', () => {
    expect(textOf([[led('none')]], 1)).toBe(
      'The none operation leads since epoch 1; it now holds all six edges.',
    );
  });

  it('can lead without an edge', () => {
    const second: Alpha = Array.from({ length: 6 }, (_, edge) =>
      edge % 2 === 0 ? [1.1, 1, 0, 0, 0] : [0, 1, 0, 1.1, 0],
    );
    expect(textOf([[second]], 1)).toBe('Skip-connect leads since epoch 1; it now holds no edge.');
  });

  it('names no leader at the random start', () => {
    expect(headline([[LEVEL]], OPERATIONS, 1)).toEqual({
      operation: null,
      text: 'No operation leads: the largest magnitudes are level.',
    });
    expect(textOf([[LEVEL], [LEVEL]], 1)).toBe(
      'No operation leads in any of 2 seeds: the largest magnitudes are level.',
    );
  });

  it('tells disagreement', () => {
    const seeds = [led('skip_connect'), led('skip_connect'), led('avg_pool_3x3'), LEVEL];
    expect(
      headline(
        seeds.map((alpha) => [alpha]),
        OPERATIONS,
        1,
      ),
    ).toEqual({
      operation: null,
      text: 'The seeds disagree: skip-connect leads in 2 of 4 seeds, average pooling in 1, no operation in 1.',
    });
  });

  it('says which seeds are missing', () => {
    const long = times(3, led('skip_connect'));
    expect(textOf([long, [LEVEL], [LEVEL]], 3)).toBe(
      'Skip-connect leads since epoch 1; it now holds all six edges. 2 seeds have not reached epoch 3.',
    );
    expect(textOf([long, [LEVEL]], 2)).toMatch(/ One seed has not reached epoch 2\.$/);
  });

  it('has words for no data', () => {
    expect(textOf([], 0)).toBe('No epoch has finished yet.');
    expect(textOf([[]], 5)).toBe('No epoch has finished yet.');
    expect(textOf([[LEVEL]], 0)).toBe('Before the first epoch: alpha is at its random start.');
    expect(textOf([[LEVEL]], 2)).toBe('No seed has reached epoch 2.');
  });

  it('is true of any trajectories', () => {
    const trajectory = fc.array(alphaOf(5, 2), { maxLength: 6 });
    const input = fc.tuple(fc.array(trajectory, { maxLength: 5 }), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(input, ([seeds, epoch]) => {
        const { operation, text } = headline(seeds, OPERATIONS, epoch);
        expect(text).toMatch(/^[A-Z0-9].*\.$/);
        expect(text).not.toMatch(/undefined|null|NaN/);
        if (operation === null) {
          expect(text).not.toMatch(/ leads since /);
          return;
        }
        const here = seeds.filter((seed) => seed.length >= epoch);
        const leading = here.filter(
          (seed) => clearLeader(seed[epoch - 1]!, OPERATIONS) === operation,
        );
        expect(2 * leading.length).toBeGreaterThan(here.length);
        if (here.length > 1) expect(text).toContain(`in ${leading.length} of ${here.length} seeds`);

        const since = Number(/since epoch (\d+)/.exec(text)![1]);
        const ledBy = (seed: readonly Alpha[], from: number): boolean =>
          seed
            .slice(from - 1, epoch)
            .every((alpha) => clearLeader(alpha, OPERATIONS) === operation);
        expect(leading.every((seed) => ledBy(seed, since))).toBe(true);
        if (since > 1) expect(leading.every((seed) => ledBy(seed, since - 1))).toBe(false);

        const held = leading.map(
          (seed) =>
            deriveGenotype(seed[epoch - 1]!, OPERATIONS).filter((name) => name === operation)
              .length,
        );
        expect(text.includes('between')).toBe(Math.min(...held) !== Math.max(...held));
        if (held.every((count) => count === 6)) expect(text).toContain('all six edges');
        if (held.every((count) => count === 0)) expect(text).toContain('no edge');
      }),
      { numRuns: 300 },
    );
  });
});
