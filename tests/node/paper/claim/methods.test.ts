import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AccuracyTable } from '../../../../src/paper/accuracy-table';
import type { ClaimId } from '../../../../src/paper/claim/claim';
import { judge } from '../../../../src/paper/claim/judge';
import { CLAIMS, claimById } from '../../../../src/paper/claim/registry';
import { ETA_ARM_KEYS, METHOD_ARM_KEYS, type ArmKey } from '../../../../src/paper/experiment/arm';
import { experimentByKey } from '../../../../src/paper/experiment/experiments';
import {
  count,
  held,
  inventedAlphas,
  inventedRun,
  inventedRuns,
  inventedTable,
  tent,
  type Logits,
} from '../../../support/bench-run';

type Arms = Partial<Record<ArmKey, Logits>>;

const SEEDS = [0, 1, 2, 3, 4];
const SKIP = 'skip_connect';
const CONV = 'nor_conv_3x3';

const verdict = (id: ClaimId, arms: Arms, tables: readonly AccuracyTable[] = []) =>
  judge(claimById(id), inventedRuns(SEEDS, arms), { tables });
const outcome = (...given: Parameters<typeof verdict>) => verdict(...given).outcome;

/** Skip-connect grows from nothing and holds `edges` in the end; 3x3 convolution keeps the rest. */
const collapse =
  (edges = 6): Logits =>
  (epoch, choice) => ({ [CONV]: 1, [SKIP]: choice < edges ? epoch / 20 : 0 });
const healthy = (skips = 0): Logits => held(SKIP, skips);

/** More 3x3 convolutions are better: six give 90, none 54; the best of the table is 94. */
const CONVS = inventedTable((ops) => 54 + 6 * count(ops, CONV));

it('have a row in the protocol each, and arms of methods', () => {
  const protocol = readFileSync('docs/protocol.md', 'utf8');
  const listed = [...protocol.matchAll(/^\| (M\.\d+) /gm)].map(([, id]) => id);
  const claims = CLAIMS.filter(({ id }) => id.startsWith('M.'));
  expect(listed).toEqual(claims.map(({ id }) => id));
  for (const { arms } of claims) {
    const own = arms.filter((arm) => arm !== 'baseline');
    const others = (['hessian', 'stages'] as const).flatMap((key) => experimentByKey(key).arms);
    expect([...METHOD_ARM_KEYS, ...ETA_ARM_KEYS, ...others]).toEqual(expect.arrayContaining(own));
    expect(own.length).toBeGreaterThan(0);
  }
});

describe.each<[ClaimId, Arms]>([
  ['M.1', { 'darts-v2': collapse() }],
  ['M.7', { gdas: healthy() }],
  ['M.8', { setn: healthy() }],
  ['M.9', { rsps: healthy() }],
  ['M.10', { 'amended-darts': healthy() }],
  ['M.13', { 'pc-darts': healthy() }],
])('%s', (id, arms) => {
  it('is not comparable where the baseline does not degrade', () => {
    expect(outcome(id, { baseline: collapse(), ...arms })).toBe('seen');
    const { outcome: without, reason } = verdict(id, { baseline: healthy(), ...arms });
    expect([without, reason]).toEqual([
      'not comparable',
      'the baseline does not degrade on the same seeds',
    ]);
  });
});

describe('M.1', () => {
  const arms = (own: Logits): Arms => ({ baseline: collapse(), 'darts-v2': own });

  it('is seen when DARTS-V2 collapses too', () => {
    expect(outcome('M.1', arms(collapse(4)))).toBe('seen');
    expect(outcome('M.1', arms(collapse(3)))).toBe('not seen');
    const led: Logits = (_epoch, choice) => (choice < 4 ? { [SKIP]: 1, none: 0.9 } : { none: 20 });
    expect(outcome('M.1', arms(led))).toBe('not seen');
  });

  it('with a table asks that nothing is gained', () => {
    expect(outcome('M.1', arms(collapse()), [CONVS])).toBe('seen');
    expect(outcome('M.1', arms(collapse(4)), [CONVS])).toBe('not seen');
  });
});

describe('M.2 to M.4', () => {
  const bilevel = 'gaea-bilevel';

  it('M.2 is seen when skip-connect takes GAEA over', () => {
    expect(outcome('M.2', { [bilevel]: collapse(4) })).toBe('seen');
    expect(outcome('M.2', { [bilevel]: collapse(3) })).toBe('not seen');
    expect(outcome('M.2', { [bilevel]: (epoch) => ({ [SKIP]: 3 - epoch / 50 }) })).toBe('not seen');
    const flat = inventedTable((ops) => 90 - 0.5 * count(ops, SKIP));
    expect(outcome('M.2', { [bilevel]: collapse() }, [flat])).toBe('not seen');
  });

  it('M.3 is seen between the all-skip cell and the best', () => {
    const arms = (own: Logits): Arms => ({ [bilevel]: collapse(), 'gaea-erm': own });
    expect(outcome('M.3', arms(collapse(5)))).toBe('seen');
    expect(outcome('M.3', arms(collapse(6)))).toBe('not seen');
    expect(outcome('M.3', { [bilevel]: collapse(4), 'gaea-erm': collapse(4) })).toBe('not seen');
    expect(outcome('M.3', arms(healthy(3)), [CONVS])).toBe('seen');
    const even = inventedTable((ops) => (count(ops, SKIP) === 6 ? 54 : 92));
    expect(outcome('M.3', arms(healthy(3)), [even])).toBe('not seen');
    expect(verdict('M.3', arms(healthy(2))).effect).toMatchObject({ mean: 4, unit: 'edges' });
  });

  it('M.4 is seen when swapped rates keep GAEA from it', () => {
    const arms = (own: Logits): Arms => ({ [bilevel]: collapse(), 'ex-gaea-bilevel': own });
    expect(outcome('M.4', arms(healthy(1)))).toBe('seen');
    expect(outcome('M.4', arms(healthy(2)))).toBe('not seen');
    expect(outcome('M.4', arms(healthy(1)), [CONVS])).toBe('seen');
    const late: Logits = (epoch) => ({ [CONV]: 25, none: epoch });
    expect(outcome('M.4', arms(late), [CONVS])).toBe('not seen');
  });

  it.each<[ClaimId, ArmKey]>([
    ['M.3', 'gaea-erm'],
    ['M.4', 'ex-gaea-bilevel'],
  ])('%s is not comparable where GAEA, bilevel, does not degrade', (id, arm) => {
    const { outcome: found, reason } = verdict(id, { [bilevel]: collapse(3), [arm]: healthy() });
    expect(found).toBe('not comparable');
    expect(reason).toBe('GAEA, bilevel does not degrade on the same seeds');
  });
});

describe('M.5 and M.6', () => {
  it('M.5 is seen when 3×3 convolution has four edges and leads', () => {
    expect(outcome('M.5', { drnas: held(CONV, 4, 'none') })).toBe('seen');
    expect(outcome('M.5', { drnas: held(CONV, 3, 'none') })).toBe('not seen');
    const led: Logits = (_epoch, choice) => (choice < 4 ? { [CONV]: 1, none: 0.9 } : { none: 20 });
    expect(outcome('M.5', { drnas: led })).toBe('not seen');
  });

  it('M.6 is seen when nothing changes hands after half time', () => {
    const turn =
      (at: number): Logits =>
      (epoch, choice) => ({ [choice < 2 && epoch < at ? SKIP : CONV]: 1 });
    expect(outcome('M.6', { drnas: turn(25) })).toBe('seen');
    expect(verdict('M.6', { drnas: turn(25) }).effect!.mean).toBe(25);
    expect(outcome('M.6', { drnas: turn(26) })).toBe('not seen');
    expect(outcome('M.6', { drnas: turn(50) })).toBe('not seen');
  });
});

describe('M.7 to M.9', () => {
  const beside = (arm: ArmKey, own: Logits): Arms => ({ baseline: collapse(), [arm]: own });

  it('M.7 is seen with at most one skip-connect', () => {
    expect(outcome('M.7', beside('gdas', healthy(1)))).toBe('seen');
    expect(outcome('M.7', beside('gdas', healthy(2)))).toBe('not seen');
    expect(outcome('M.7', beside('gdas', held('avg_pool_3x3', 6)), [CONVS])).toBe('not seen');
  });

  it.each<[ClaimId, ArmKey]>([
    ['M.8', 'setn'],
    ['M.9', 'rsps'],
  ])('%s is seen with at most three in the cell that is derived', (id, arm) => {
    expect(outcome(id, beside(arm, healthy(3)))).toBe('seen');
    expect(outcome(id, beside(arm, healthy(4)))).toBe('not seen');
    expect(outcome(id, beside(arm, held('avg_pool_3x3', 6)), [CONVS])).toBe('not seen');
    // Alpha says one thing, the cell that was found best another: the cell counts.
    const runs = SEEDS.flatMap((seed) => [
      inventedRun('baseline', seed, collapse()),
      inventedRun(arm, seed, healthy(), {
        cells: inventedAlphas(arm, () => ({})).map(
          () => `|${SKIP}~0|+|${SKIP}~0|${SKIP}~1|+|${SKIP}~0|none~1|none~2|`,
        ),
      }),
    ]);
    const found = judge(claimById(id), runs);
    expect([found.outcome, found.effect!.mean]).toEqual(['not seen', 2]);
  });
});

describe('M.10 and M.11', () => {
  const arms = (own: Logits): Arms => ({ baseline: collapse(), 'amended-darts': own });

  it('M.10 is seen when none and skip-connect stay behind', () => {
    const three: Logits = (_epoch, choice) => (choice < 3 ? { none: 1 } : { [CONV]: 2 });
    expect(outcome('M.10', arms(three))).toBe('seen');
    expect(outcome('M.10', arms(held('none', 4)))).toBe('not seen');
    const both: Logits = (_epoch, choice) => ({
      [choice < 2 ? 'none' : SKIP]: choice < 4 ? 1 : -1,
    });
    expect(outcome('M.10', arms(both))).toBe('not seen');
    const leads: Logits = (_epoch, choice) => (choice < 3 ? { none: 20 } : { [CONV]: 0.1 });
    expect(outcome('M.10', arms(leads))).toBe('not seen');
    expect(outcome('M.10', arms(held('avg_pool_3x3', 6)), [CONVS])).toBe('not seen');
    expect(outcome('M.10', arms(healthy()), [CONVS])).toBe('seen');
  });

  it('M.11 is seen when the leader gains in every quarter', () => {
    expect(outcome('M.11', { 'amended-darts': healthy() })).toBe('seen');
    const past: Logits = (epoch) => ({ avg_pool_3x3: tent(40, 3)(epoch) + 0.1 });
    expect(outcome('M.11', { 'amended-darts': past })).toBe('not seen');
    expect(outcome('M.11', { 'amended-darts': () => ({ none: 2 }) })).toBe('not seen');
  });
});

describe('M.12 and M.13', () => {
  it('M.12 is seen with four skip-connects in the cell that ENAS derives', () => {
    expect(outcome('M.12', { enas: held(SKIP, 4) })).toBe('seen');
    expect(outcome('M.12', { enas: held(SKIP, 3) })).toBe('not seen');
  });

  it('M.13 is seen with at most three', () => {
    const arms = (own: Logits): Arms => ({ baseline: collapse(), 'pc-darts': own });
    expect(outcome('M.13', arms(healthy(3)))).toBe('seen');
    expect(outcome('M.13', arms(healthy(4)))).toBe('not seen');
    expect(verdict('M.13', arms(healthy(1))).effect!.mean).toBe(5);
  });
});

describe('M.15 to M.18, the eta sweep', () => {
  const POOL = 'avg_pool_3x3';
  /** Skip-connect takes four edges over at an epoch. */
  const takenAt =
    (at: number): Logits =>
    (epoch, choice) => ({ [CONV]: 1, [SKIP]: choice < 4 && epoch >= at ? 2 : 0 });

  it('M.15 is seen with four skip-connects', () => {
    expect(outcome('M.15', { 'eta-0': collapse(4) })).toBe('seen');
    expect(outcome('M.15', { 'eta-0': healthy(3) })).toBe('not seen');
  });

  it('M.16 asks for the same, and tells how much later it comes', () => {
    const arms = (own: Logits): Arms => ({ 'eta-0': takenAt(50), 'eta-.01': own });
    expect(verdict('M.16', arms(takenAt(120)))).toMatchObject({
      outcome: 'seen',
      effect: { mean: 70 },
    });
    expect(verdict('M.16', arms(takenAt(30))).effect!.mean).toBe(-20);
    // As if it came one epoch after the last.
    expect(verdict('M.16', arms(healthy(3)))).toMatchObject({
      outcome: 'not seen',
      effect: { mean: 151 },
    });
  });

  it('M.17 is that of M.10 beside eta 0', () => {
    const arms = (own: Logits): Arms => ({ 'eta-0': collapse(), 'eta-.1': own });
    const three: Logits = (_epoch, choice) => (choice < 3 ? { none: 1 } : { [CONV]: 2 });
    expect(outcome('M.17', arms(three))).toBe('seen');
    expect(outcome('M.17', arms(held('none', 4)))).toBe('not seen');
    expect(outcome('M.17', arms(healthy()), [CONVS])).toBe('seen');
    expect(outcome('M.17', arms(held(POOL, 6)), [CONVS])).toBe('not seen');
    expect(verdict('M.17', { 'eta-0': healthy(), 'eta-.1': healthy() })).toMatchObject({
      outcome: 'not comparable',
      reason: 'eta 0 does not degrade on the same seeds',
    });
  });

  it('M.18 is seen when average pooling leads on four edges', () => {
    expect(outcome('M.18', { 'eta-1': held(POOL, 4) })).toBe('seen');
    expect(outcome('M.18', { 'eta-1': held(POOL, 3) })).toBe('not seen');
    const led: Logits = (_epoch, choice) => (choice < 4 ? { [POOL]: 1, none: 0.9 } : { none: 20 });
    expect(outcome('M.18', { 'eta-1': led })).toBe('not seen');
  });
});

describe('M.14, M.19 and M.20, DARTS-ES', () => {
  /** Measured every second epoch: 1, and five times as much from an epoch on, which counts from 1. */
  const jump = (at: number) =>
    Array.from({ length: 50 }, (_, joint) => (joint % 2 > 0 ? null : joint + 1 < at ? 1 : 5));
  /** Skip-connect takes `edges` edges at an epoch and keeps them. */
  const takenAt =
    (at: number, edges = 5): Logits =>
    (epoch, choice) => ({ [CONV]: 1, [SKIP]: choice < edges && epoch >= at ? 3 : 0 });
  const measured = (arm: ArmKey, logits: Logits, eigenvalues: readonly (number | null)[]) =>
    SEEDS.map((seed) => inventedRun(arm, seed, logits, { eigenvalues }));
  const judged = (
    id: ClaimId,
    runs: ReturnType<typeof measured>,
    baseline = collapse(),
    tables: readonly AccuracyTable[] = [],
  ) => judge(claimById(id), [...inventedRuns(SEEDS, { baseline }), ...runs], { tables });

  it('M.14 asks what the rule returns, twelve epochs before it acts', () => {
    // Known after epoch 31, so the cell of epoch 19.
    const found = (taken: number) =>
      judged('M.14', measured('hessian', takenAt(taken), jump(31))).outcome;
    expect(found(20)).toBe('seen');
    expect(found(19)).toBe('not seen');
    const three = measured('hessian', takenAt(1, 3), jump(31));
    expect(judged('M.14', three)).toMatchObject({ outcome: 'seen', effect: { mean: 0 } });
    expect(judged('M.14', measured('hessian', takenAt(20), jump(31))).effect).toMatchObject({
      mean: 5,
      unit: 'edges',
    });
  });

  it('M.14 takes the last cell of a search that is never stopped', () => {
    const still = Array.from({ length: 50 }, () => 1);
    expect(judged('M.14', measured('hessian', takenAt(20), still)).outcome).toBe('not seen');
    expect(judged('M.14', measured('hessian', healthy(), still)).outcome).toBe('seen');
  });

  it('M.19 is seen when the eigenvalue explodes at the second skip-connect or later', () => {
    const found = (taken: number, explosion: number) =>
      judged('M.19', measured('hessian', takenAt(taken), jump(explosion)));
    expect(found(25, 25)).toMatchObject({ outcome: 'seen', effect: { mean: 0, unit: 'epochs' } });
    expect(found(25, 41)).toMatchObject({ outcome: 'seen', effect: { mean: 16 } });
    expect(found(26, 25)).toMatchObject({ outcome: 'not seen', effect: { mean: -1 } });
    // One edge is no collapse.
    const one = measured('hessian', takenAt(1, 1), jump(25));
    expect(judged('M.19', one).outcome).toBe('not seen');
  });

  it('M.19 is not seen where nothing explodes, and sees what comes before the rule may act', () => {
    const creeping = Array.from({ length: 50 }, (_, joint) => 10 + joint / 5);
    const found = judged('M.19', measured('hessian', takenAt(20), creeping));
    expect(found).toMatchObject({ outcome: 'not seen', effect: { mean: 31 } });
    expect(judged('M.19', measured('hessian', takenAt(16), jump(15))).outcome).toBe('not seen');
    expect(judged('M.19', measured('hessian', takenAt(15), jump(15))).outcome).toBe('seen');
  });

  it('M.19 with a table asks that accuracy is past its best', () => {
    const runs = (explosion: number) =>
      measured(
        'hessian',
        (epoch, choice) =>
          choice < 2 ? { [SKIP]: 1 } : { [epoch === 30 || epoch === 40 ? CONV : 'none']: 1 },
        jump(explosion),
      );
    expect(judged('M.19', runs(31), collapse(), [CONVS]).outcome).toBe('seen');
    expect(judged('M.19', runs(29), collapse(), [CONVS]).outcome).toBe('not seen');
    expect(judged('M.19', runs(29)).outcome).toBe('seen');
  });

  it.each<ClaimId>(['M.14', 'M.19'])('%s asks that the baseline degrades', (id) => {
    const runs = measured('hessian', takenAt(25), jump(41));
    expect(judged(id, runs, healthy())).toMatchObject({
      outcome: 'not comparable',
      reason: 'the baseline does not degrade on the same seeds',
    });
  });

  it('the mean over seeds is stopped by the mean of the eigenvalues', () => {
    const late = SEEDS.map((seed) =>
      inventedRun('hessian', seed, takenAt(20), { eigenvalues: jump(seed === 0 ? 25 : 43) }),
    );
    // Epoch 13 and four times 31; a fifth of the jump at 25 is 1.8 times what was before.
    expect(judged('M.14', late)).toMatchObject({ outcome: 'not seen', mean: true });
  });

  it('M.20 is seen when the cells returned are worse with every rate', () => {
    const rates = ['hessian-.003', 'hessian-.009', 'hessian-.015'] as const;
    const found = (skips: readonly number[], tables: readonly AccuracyTable[] = []) => {
      const runs = rates.flatMap((arm, at) => measured(arm, takenAt(1, skips[at]), jump(31)));
      return judge(claimById('M.20'), runs, { tables });
    };
    expect(found([1, 2, 4])).toMatchObject({ outcome: 'seen', effect: { mean: 3 } });
    expect(found([1, 1, 2]).outcome).toBe('seen');
    expect(found([2, 2, 2]).outcome).toBe('not seen');
    expect(found([1, 3, 2]).outcome).toBe('not seen');
    expect(found([1, 2, 4], [CONVS]).outcome).toBe('seen');
    expect(found([2, 2, 2], [CONVS]).outcome).toBe('not seen');
    expect(found([2, 1, 4], [CONVS]).outcome).toBe('not seen');
    const flat = inventedTable((ops) => 90 - 0.5 * count(ops, SKIP));
    expect(found([1, 2, 4], [flat]).outcome).toBe('not seen');
  });
});
