import { describe, expect, it } from 'vitest';
import { chancesOf } from '../../../../src/paper/claim/chance';
import { CLAIMS, claimById } from '../../../../src/paper/claim/registry';
import { CHANCE_RATES } from '../../../../src/paper/claim/verdicts';
import { randomWalk, walkKind, walkLaw } from '../../../../src/paper/claim/walk';
import { spaceByKey } from '../../../../src/paper/space/registry';
import { MersenneTwister } from '../../../../src/paper/cpython-random';
import { armByKey, ARMS, type ArmKey } from '../../../../src/paper/experiment/arm';
import { count, inventedTable } from '../../../support/bench-run';

/** Standard deviation and lag-one correlation of the steps, over entries, epochs and walks. */
function stepsOf(key: ArmKey) {
  const random = new MersenneTwister(1);
  let squares = 0;
  let products = 0;
  let steps = 0;
  let pairs = 0;
  for (let walk = 0; walk < 200; walk++) {
    const { alphas } = randomWalk(walkKind(armByKey(key), false), random);
    const flat = alphas.map((alpha) => alpha.flat());
    const moves = flat.slice(1).map((now, at) => now.map((value, i) => value - flat[at]![i]!));
    moves.forEach((move, at) =>
      move.forEach((value, i) => {
        squares += value ** 2;
        steps++;
        if (at === 0) return;
        products += value * moves[at - 1]![i]!;
        pairs++;
      }),
    );
  }
  return { sigma: Math.sqrt(squares / steps), rho: products / pairs / (squares / steps) };
}

describe('random walks', () => {
  it('obey the protocol’s law at its two measured ends', () => {
    expect(walkLaw(3e-4)).toEqual({ sigma: 0.032, rho: 0.36 });
    expect(walkLaw(0.025).sigma).toBeCloseTo(0.597, 12);
    expect(walkLaw(0.025).rho).toBeCloseTo(-0.44, 12);
  });

  it('move faster and less steadily the larger alpha’s rate', () => {
    const laws = [3e-4, 0.001, 0.002, 0.003, 0.025].map(walkLaw);
    expect(laws.map(({ sigma }) => sigma)).toEqual(
      laws.map(({ sigma }) => sigma).toSorted((a, b) => a - b),
    );
    expect(laws.map(({ rho }) => rho)).toEqual(
      laws.map(({ rho }) => rho).toSorted((a, b) => b - a),
    );
  });

  it.each<ArmKey>(['baseline', 'swapped', 'alpha-.003'])(
    'of %s have its step and its memory',
    (key) => {
      const { sigma, rho } = walkLaw(armByKey(key).values.alphaRate);
      const seen = stepsOf(key);
      expect(seen.sigma / sigma).toBeCloseTo(1, 1);
      expect(seen.rho).toBeCloseTo(rho, 1);
    },
  );

  it('have the shape of the arm’s alpha, with connections where they are asked for', () => {
    const random = new MersenneTwister(3);
    for (const { key, values } of ARMS.filter(({ values: { epochs } }) => epochs === 50)) {
      const { alphas, ops } = randomWalk(walkKind(armByKey(key), false), random);
      expect(alphas).toHaveLength(values.epochs);
      const { choices } = spaceByKey(values.space);
      expect(alphas.at(-1)!.map((row) => row.length)).toEqual(Array(choices).fill(ops.length));
    }
    const space = randomWalk(walkKind(armByKey('one-shot-1'), true), random);
    expect(space.alphas[0]!.flat()).toHaveLength(24);
    expect(
      randomWalk(walkKind(armByKey('one-shot-1'), false), random).alphas[0]!.flat(),
    ).toHaveLength(12);
  });
});

describe('false-positive rates', () => {
  it('are the committed ones (node scripts/chance.mjs)', { timeout: 120_000 }, () => {
    const chances = chancesOf(CLAIMS);
    expect(Object.fromEntries(CLAIMS.map(({ id }, at) => [id, chances[at]]))).toEqual(CHANCE_RATES);
  });

  it('of a claim are the same by itself, whichever others it is asked for with', () => {
    const ids = ['M.10', 'M.8'] as const;
    expect(ids.flatMap((id) => chancesOf([claimById(id)]))).toEqual(
      ids.map((id) => CHANCE_RATES[id]),
    );
  });

  it('agree with what can be worked out', () => {
    // At most one of six edges with probability 1/5 each.
    const exact = 0.8 ** 6 + 6 * 0.2 * 0.8 ** 5;
    expect(Math.abs(CHANCE_RATES['OS.4']!.seed - exact)).toBeLessThan(0.045);
    // Average pooling first and 3x3 next, each drawn from those left.
    expect(Math.abs(CHANCE_RATES['OS.6']!.seed - 1 / 20)).toBeLessThan(0.03);
    // At most three of six edges of a cell drawn uniformly.
    const four = 15 * 0.2 ** 4 * 0.8 ** 2 + 6 * 0.2 ** 5 * 0.8 + 0.2 ** 6;
    for (const id of ['M.8', 'M.9'] as const) {
      expect(Math.abs(CHANCE_RATES[id]!.seed - (1 - four))).toBeLessThan(0.01);
    }
    for (const rate of Object.values(CHANCE_RATES)) {
      if (rate === null) continue;
      expect(rate.gated).toBeLessThanOrEqual(rate.verdict);
      expect(rate.gated).toBeLessThan(0.05);
    }
  });

  it('need a table where the claim does, and take it into account', { timeout: 60_000 }, () => {
    expect(CHANCE_RATES['OS.5']).toBeNull();
    expect(CHANCE_RATES['OS.9']).toBeNull();
    const table = inventedTable((ops) => 54 + 6 * count(ops, 'nor_conv_3x3'));
    const plain = CHANCE_RATES['OS.4']!;
    const strict = chancesOf([claimById('OS.4')], [table])[0]!;
    expect(strict.seed).toBeLessThan(plain.seed / 4);
    const rates = chancesOf([claimById('OS.5')], [table])[0]!;
    expect(rates.seed).toBeLessThan(0.2);
    expect(rates.gated).toBe(0);
  });
});
