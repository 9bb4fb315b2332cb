import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alpha } from '../../../src/paper/cell';
import { deriveGenotype } from '../../../src/paper/genotype';
import { clearLeader } from '../../../src/paper/magnitude';
import { OPERATIONS, SENTENCE_NAME, type Operation } from '../../../src/paper/operation';
import { curvesOf, phases } from '../../../src/paper/curves';
import { headline } from '../../../src/paper/sentence';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
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
const told = (seeds: readonly (readonly Alpha[])[], epoch: number) =>
  headline(
    seeds.map((alphas) =>
      alphas.length === 0
        ? null
        : curvesOf({ space: NAS_BENCH_201, ops: OPERATIONS, alphas }, null),
    ),
    epoch,
    NAS_BENCH_201,
  );
const textOf = (seeds: readonly (readonly Alpha[])[], epoch: number): string =>
  told(seeds, epoch).text;

describe('the headline', () => {
  it('of one seed says who leads, since when, and on how many edges', () => {
    const seed = [...times(22, led('avg_pool_3x3')), ...times(8, led('skip_connect', 4))];
    expect(told([seed], 30)).toEqual({
      operation: 'skip_connect',
      text: 'Skip-connect overtakes average pooling at epoch 23; it now holds four of the six edges.',
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

  it('says who was overtaken, when, and in how many seeds', () => {
    const seeds = [12, 12, 12, 12].map((start) => [
      ...times(start - 1, led('avg_pool_3x3')),
      ...times(30 - start + 1, led('nor_conv_3x3', 3)),
    ]);
    const behind = times(30, led('avg_pool_3x3'));
    expect(textOf([...seeds, behind], 12)).toBe(
      '3×3 convolution overtakes average pooling at epoch 12 in 4 of 5 seeds; there it now holds three of the six edges.',
    );
    expect(textOf([...seeds, behind], 11)).toBe(
      'Average pooling leads since epoch 1 in 5 of 5 seeds; it now holds all six edges.',
    );
  });

  it('gives the epochs where seeds differ, and tells those apart that lead from the start', () => {
    const early = [...times(8, led('avg_pool_3x3')), ...times(22, led('skip_connect'))];
    const late = [...times(19, led('avg_pool_3x3')), ...times(11, led('skip_connect'))];
    const other = [...times(3, led('none')), ...times(27, led('skip_connect'))];
    const always = times(30, led('skip_connect'));
    expect(textOf([early, late], 30)).toMatch(
      /^Skip-connect overtakes average pooling between epochs 9 and 20 in 2 of 2 seeds;/,
    );
    expect(textOf([early, other], 30)).toMatch(
      /^Skip-connect overtakes other operations between epochs 4 and 9 in 2 of 2 seeds;/,
    );
    expect(textOf([early, late, always], 30)).toMatch(
      /^Skip-connect overtakes average pooling between epochs 9 and 20 in 2 of 3 seeds and leads in 3;/,
    );
    expect(textOf([early, always], 30)).toMatch(
      /^Skip-connect leads since epoch 9 in 2 of 2 seeds;/,
    );
  });

  it('does not call it overtaking where nobody led', () => {
    const seed = [...times(4, led('none')), ...times(2, LEVEL), ...times(4, led('skip_connect'))];
    expect(textOf([seed], 10)).toMatch(/^Skip-connect leads since epoch 7;/);
  });

  it('gives the range where seeds hold different numbers of edges', () => {
    const seeds = [[led('nor_conv_3x3', 5)], [led('nor_conv_3x3', 3)]];
    expect(textOf(seeds, 1)).toBe(
      '3×3 convolution leads since epoch 1 in 2 of 2 seeds; it now holds between three and five of the six edges.',
    );
  });

  it('forgets an earlier stretch that was interrupted', () => {
    const seed = [led('skip_connect'), led('none'), led('skip_connect'), led('skip_connect')];
    expect(textOf([seed], 4)).toContain('overtakes the none operation at epoch 3;');
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
    expect(told([[LEVEL]], 1)).toEqual({
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
      told(
        seeds.map((alpha) => [alpha]),
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
        const { operation, text } = told(seeds, epoch);
        expect(text).toMatch(/^[A-Z0-9].*\.$/);
        expect(text).not.toMatch(/undefined|null|NaN/);
        if (operation === null) {
          expect(text).not.toMatch(/ leads since | overtakes /);
          return;
        }
        const here = seeds.filter((seed) => seed.length >= epoch);
        const leaderAt = (seed: readonly Alpha[], at: number) =>
          at < 1 ? null : clearLeader(seed[at - 1]!, OPERATIONS);
        const leading = here.filter((seed) => leaderAt(seed, epoch) === operation);
        expect(2 * leading.length).toBeGreaterThan(here.length);
        const first = leading.map((seed) => {
          let since = epoch;
          while (leaderAt(seed, since - 1) === operation) since--;
          return since;
        });
        const before = leading.map((seed, at) => leaderAt(seed, first[at]! - 1));
        const overtaking = first.filter((_, at) => before[at] !== null);
        const count = (n: number) => (here.length > 1 ? ` in ${n} of ${here.length} seeds` : '');
        if (2 * overtaking.length <= leading.length) {
          const since = Math.max(...first);
          expect(text).toContain(` leads since epoch ${since}${count(leading.length)};`);
        } else {
          const [from, to] = [Math.min(...overtaking), Math.max(...overtaking)];
          const when = from === to ? `at epoch ${to}` : `between epochs ${from} and ${to}`;
          expect(text).toContain(` ${when}${count(overtaking.length)}`);
          expect(text.includes(' other operations ')).toBe(
            new Set(before.filter(Boolean)).size > 1,
          );
          expect(text.includes(` and leads in ${leading.length};`)).toBe(
            overtaking.length < leading.length,
          );
        }

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

  it('names the last of the phases that the verdicts go by', () => {
    const input = fc.array(alphaOf(5, 2), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(input, (alphas) => {
        const { operation, text } = told([alphas], alphas.length);
        const order = phases(curvesOf({ space: NAS_BENCH_201, ops: OPERATIONS, alphas }, null));
        if (operation !== null) expect(operation).toBe(order.at(-1));
        if (text.includes(' overtakes ')) {
          const words =
            order.at(-2) === 'none' ? 'none operation' : SENTENCE_NAME[order.at(-2)! as Operation];
          expect(text).toContain(` ${words} at epoch `);
        }
      }),
    );
  });
});
