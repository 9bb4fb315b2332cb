import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, judge, type JudgeOptions } from '../../../../src/paper/claim/judge';
import {
  HESSIAN_PROTOCOL_COMMIT,
  METHODS_PROTOCOL_COMMIT,
  PROTOCOL_COMMIT,
  STAGES_PROTOCOL_COMMIT,
  SWEEP_PROTOCOL_COMMIT,
} from '../../../../src/paper/claim/protocol';
import { CLAIMS, claimById } from '../../../../src/paper/claim/registry';
import { CLAIM_IDS, type ClaimId } from '../../../../src/paper/claim/claim';
import type { BenchRun } from '../../../../src/paper/claim/runs';
import { tableCommand } from '../../../../src/paper/claim/table-need';
import { CHANCE_RATES, verdicts } from '../../../../src/paper/claim/verdicts';
import { ETA_ARM_KEYS, METHOD_ARM_KEYS, type ArmKey } from '../../../../src/paper/experiment/arm';
import { EXPERIMENTS, experimentByKey } from '../../../../src/paper/experiment/experiments';
import { ONE_SHOT_KEYS, type OneShotKey } from '../../../../src/paper/space/space';
import {
  count,
  held,
  inventedRun,
  inventedRuns,
  inventedTable,
  type Logits,
} from '../../../support/bench-run';

const SKIP = 'skip_connect';
const collapse: Logits = (epoch) => ({ nor_conv_3x3: 1, [SKIP]: epoch / 20 });
const healthy: Logits = held(SKIP, 0);
const BASELINE = claimById('baseline');
const OS_4 = claimById('OS.4');

/** Baselines of which the first `bad` do not collapse. */
const baselines = (n: number, bad: number, change: Partial<BenchRun> = {}): BenchRun[] =>
  Array.from({ length: n }, (_, seed) =>
    inventedRun('baseline', seed, seed < bad ? healthy : collapse, change),
  );

describe('the rule over seeds', () => {
  it('follows the protocol for any number of seeds', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 12 }), fc.boolean(), (seeds, seedMean) => {
        const agreeing = seeds.filter(Boolean).length;
        const outcome = decide(seeds, seedMean);
        if (seeds.length < 3) expect(outcome).toBe('too few seeds');
        else if (seeds.length < 5) expect(outcome === 'seen').toBe(agreeing === seeds.length);
        else expect(outcome === 'seen').toBe(seedMean && agreeing / seeds.length >= 0.8);
      }),
    );
  });

  it.each([
    [2, 0, 'too few seeds'],
    [3, 0, 'seen'],
    [3, 1, 'not seen'],
    [4, 1, 'not seen'],
    [5, 1, 'seen'],
    [5, 2, 'not seen'],
  ])('with %i seeds, %i of them against it, is %s', (n, bad, outcome) => {
    const verdict = judge(BASELINE, baselines(n, bad));
    expect(verdict).toMatchObject({ outcome, n });
    expect(verdict.seeds.filter((seed) => seed.holds)).toHaveLength(n - bad);
  });

  it('asks the mean too: four weak seeds do not outvote one that pulls the mean over', () => {
    const weak: Logits = (epoch, choice) =>
      choice < 4 ? { [SKIP]: 0.01 * epoch } : { none: 0.001 };
    const strong: Logits = (epoch) => ({ nor_conv_3x3: 0.5 * epoch });
    const runs = [0, 1, 2, 3].map((seed) => inventedRun('baseline', seed, weak));
    const verdict = judge(BASELINE, [...runs, inventedRun('baseline', 4, strong)]);
    expect(verdict.seeds.filter((seed) => seed.holds)).toHaveLength(4);
    expect(verdict).toMatchObject({ mean: false, outcome: 'not seen' });
  });

  it('gives effect, spread, runs and seeds', () => {
    const verdict = judge(BASELINE, baselines(5, 1));
    expect(verdict.effect).toMatchObject({ mean: 24 / 5, unit: 'edges' });
    expect(verdict.effect!.std).toBeCloseTo(Math.sqrt(7.2), 12);
    expect(verdict.runs).toEqual([0, 1, 2, 3, 4].map((seed) => `baseline-00${seed}`));
    expect(verdict.scale).toBe('invented');
    expect(judge(BASELINE, baselines(1, 0)).effect).toMatchObject({ mean: 6, std: null });
    expect(judge(BASELINE, [])).toMatchObject({ outcome: 'too few seeds', n: 0, effect: null });
  });

  it('does not depend on the order of the runs', () => {
    const runs = [...baselines(4, 1), ...inventedRuns([0, 1, 2, 3], { swapped: healthy })];
    const expected = judge(OS_4, runs);
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        expect(judge(OS_4, shuffled)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });
});

describe('runs that are left out', () => {
  it.each([
    [{ toggled: true }, 'a setting was changed in mid-run'],
    [{ finished: false }, 'it is not finished'],
    [{ selfTestFailed: true }, 'the numerics self-test failed where it was made'],
  ])('%j', (change, reason) => {
    const runs = [...baselines(4, 0), inventedRun('baseline', 4, healthy, change)];
    const verdict = judge(BASELINE, runs);
    expect(verdict).toMatchObject({ outcome: 'seen', n: 4 });
    expect(verdict.excluded).toEqual([{ uid: 'baseline-004', reason }]);
    expect(verdict.sentence).toContain('1 run left out.');
  });

  it('are those of calibration too', () => {
    const runs = [100, 101, 102, 103, 104].map((seed) => inventedRun('baseline', seed, collapse));
    expect(judge(BASELINE, runs)).toMatchObject({ outcome: 'too few seeds', n: 0 });
  });

  it('and repeats of a seed: the least uid counts', () => {
    const repeat = inventedRun('baseline', 0, healthy, { uid: 'z' });
    const verdict = judge(BASELINE, [repeat, ...baselines(3, 0)]);
    expect(verdict).toMatchObject({ outcome: 'seen', n: 3 });
    expect(verdict.excluded).toEqual([{ uid: 'z', reason: 'it repeats another run' }]);
  });

  it('and seeds that one of the arms has not', () => {
    const runs = [...baselines(5, 0), ...inventedRuns([1, 2, 4, 7], { swapped: healthy })];
    expect(judge(OS_4, runs)).toMatchObject({ outcome: 'seen', n: 3 });
  });
});

describe('not comparable', () => {
  const swapped = (change: Partial<BenchRun> = {}) =>
    [0, 1, 2].map((seed) => inventedRun('swapped', seed, healthy, change));

  it.each([
    ['two scales', { scale: 'tiny' }, /2 scales: invented, tiny/],
    ['other data', { data: 'other data' }, /different data/],
  ])('are arms of %s', (_, change, reason) => {
    const verdict = judge(OS_4, [...baselines(3, 0), ...swapped(change)]);
    expect(verdict.outcome).toBe('not comparable');
    expect(verdict.reason).toMatch(reason);
    expect(verdict.sentence).toMatch(reason);
  });

  it('are runs of one arm with two configurations', () => {
    const runs = [...baselines(3, 0), inventedRun('baseline', 3, collapse, { configDigest: 'b' })];
    expect(judge(BASELINE, runs).reason).toMatch(/baseline differ in configuration/);
  });

  it('is a remedy where the same seeds’ baseline does not degrade', () => {
    const verdict = judge(OS_4, [...baselines(3, 1), ...swapped()]);
    expect(verdict).toMatchObject({ outcome: 'not comparable', n: 3 });
    expect(verdict.sentence).toMatch(/The baseline does not degrade on the same seeds\./);
    // The baseline of other seeds does not help.
    const more = [...baselines(3, 1), inventedRun('baseline', 3, collapse)];
    expect(judge(OS_4, [...more, ...swapped()]).outcome).toBe('not comparable');
  });

  it('too few seeds come before the baseline', () => {
    const runs = [...baselines(2, 2), ...swapped().slice(0, 2)];
    expect(judge(OS_4, runs).outcome).toBe('too few seeds');
  });
});

describe('accuracy tables', () => {
  const full = inventedTable((ops) => 54 + 6 * count(ops, 'nor_conv_3x3'));

  it('are named where they were used, and only those of the space', () => {
    const other = inventedTable(() => 80, 'nas-bench-1shot1-1');
    expect(judge(BASELINE, baselines(3, 0), { tables: [other, full] })).toMatchObject({
      table: 'invented table of nas-bench-201',
      outcome: 'seen',
    });
    expect(judge(BASELINE, baselines(3, 0), { tables: [other] }).table).toBeNull();
    expect(judge(claimById('OS.6'), [], { tables: [full] }).table).toBeNull();
  });

  it('with gaps give way to cells and magnitudes, and the verdict says so', () => {
    const gaps = inventedTable((ops) => (count(ops, SKIP) === 6 ? undefined : 90));
    const verdict = judge(BASELINE, baselines(3, 0), { tables: [gaps] });
    expect(verdict).toMatchObject({ outcome: 'seen', table: null });
    expect(verdict.sentence).toContain(
      'Judged without accuracies: the table “invented table of nas-bench-201” does not do, since it lacks 1 of the ',
    );
    expect(verdict.needs).toEqual([]);
  });
});

describe('tables that a claim needs', () => {
  const runs = inventedRuns([0, 1, 2], {
    'one-shot-1': held('maxpool3x3', 0, 'conv3x3-bn-relu'),
    'one-shot-2': held('maxpool3x3', 0, 'conv3x3-bn-relu'),
    'one-shot-3': held('maxpool3x3', 0, 'conv3x3-bn-relu'),
  });
  const noSkip = inventedRuns([0, 1, 2], { baseline: collapse, 'no-skip': healthy });
  const of = (space: OneShotKey) => inventedTable(() => 80, space);
  const told = (options: JudgeOptions) => judge(claimById('OS.9'), runs, options);

  it('and that are not there are named, with the command that makes them', () => {
    const none = told({});
    expect(none.sentence).toContain(
      'There is no accuracy table of NAS-Bench-1Shot1, spaces 1, 2 and 3.',
    );
    expect(none.needs).toEqual(ONE_SHOT_KEYS.map((space) => ({ space, table: null, why: null })));
    expect(tableCommand(none.needs)).toBe(
      `npm run scaled-table -- --space ${ONE_SHOT_KEYS.join(',')} --minutes M`,
    );
    expect(told({ tables: [of(ONE_SHOT_KEYS[1])] }).reason).toBe(
      'there is no accuracy table of NAS-Bench-1Shot1, spaces 1 and 3',
    );
    expect(told({ tables: [of(ONE_SHOT_KEYS[0]), of(ONE_SHOT_KEYS[1])] }).reason).toBe(
      'there is no accuracy table of NAS-Bench-1Shot1, space 3',
    );
    expect(judge(claimById('OS.5'), []).reason).toBe('there is no accuracy table of NAS-Bench-201');
  });

  it('and that cannot judge are named with the reason', () => {
    const why = 'how far two seeds of one cell differ is not known yet';
    const verdict = told({
      tables: [of(ONE_SHOT_KEYS[0])],
      unfit: [{ space: ONE_SHOT_KEYS[2], name: 'ours of 3', why }],
    });
    expect(verdict).toMatchObject({ outcome: 'not comparable', table: null });
    expect(verdict.reason).toBe(
      `there is no accuracy table of NAS-Bench-1Shot1, space 2; the table “ours of 3” does not do, since ${why}`,
    );
    expect(tableCommand(verdict.needs)).toContain(
      `--space ${ONE_SHOT_KEYS[1]},${ONE_SHOT_KEYS[2]} `,
    );
  });

  it('and that lack cells are named with how many', () => {
    const gaps = { ...of(ONE_SHOT_KEYS[2]), accuracy: () => undefined };
    const verdict = told({ tables: [of(ONE_SHOT_KEYS[0]), of(ONE_SHOT_KEYS[1]), gaps] });
    expect(verdict.outcome).toBe('not comparable');
    expect(verdict.needs).toEqual([
      {
        space: ONE_SHOT_KEYS[2],
        table: gaps.name,
        why: 'it lacks 1 of the 1 cells that these runs derived',
      },
    ]);
    const bare = { ...inventedTable(() => 80), floor: NaN };
    expect(judge(claimById('OS.5'), noSkip, { tables: [bare] }).reason).toContain(
      'since it lacks the all-skip cell, which margin M needs',
    );
  });

  it('are not asked for where all are there', () => {
    expect(told({ tables: ONE_SHOT_KEYS.map(of) })).toMatchObject({
      outcome: 'not seen',
      needs: [],
    });
  });
});

describe('sentences', () => {
  it('are complete', () => {
    expect(judge(BASELINE, baselines(5, 1), { selectedScale: 'invented' }).sentence).toBe(
      'Seen (n = 5): DARTS-V1 degrades: skip-connect takes the cell over. The predicate holds for 4 of 5 seeds and for their mean. Skip-connects in the last cell: 4.80 ± 2.68 edges. No accuracies: judged on cells and magnitudes alone. Scale selected for it.',
    );
    expect(judge(OS_4, []).sentence).toBe(
      'Too few seeds (n = 0): swapping the learning rates prevents the degradation. A verdict needs at least three seeds of every arm.',
    );
  });

  it('name no selection for any other claim or scale', () => {
    const runs = [...baselines(3, 0), ...inventedRuns([0, 1, 2], { swapped: healthy })];
    expect(judge(OS_4, runs, { selectedScale: 'invented' }).sentence).not.toContain('selected');
    expect(judge(BASELINE, runs, { selectedScale: 'tiny' }).sentence).not.toContain('selected');
  });
});

describe('all verdicts', () => {
  it('come in the order of the claims, with protocol and chance', () => {
    const all = verdicts(baselines(5, 0));
    expect(all.map(({ id }) => id)).toEqual(CLAIM_IDS);
    expect(all[0]).toMatchObject({ outcome: 'seen', n: 5, protocol: PROTOCOL_COMMIT });
    expect(all[0]!.chance).toBe(CHANCE_RATES.baseline);
    const fixedBy = (id: ClaimId) => all.find((verdict) => verdict.id === id)!.protocol;
    expect([fixedBy('M.1'), fixedBy('M.11')]).toEqual(Array(2).fill(METHODS_PROTOCOL_COMMIT));
    expect([fixedBy('M.12'), fixedBy('M.18')]).toEqual(Array(2).fill(SWEEP_PROTOCOL_COMMIT));
    expect([fixedBy('M.14'), fixedBy('M.20')]).toEqual(Array(2).fill(HESSIAN_PROTOCOL_COMMIT));
    expect(fixedBy('M.21')).toBe(STAGES_PROTOCOL_COMMIT);
    for (const commit of [
      PROTOCOL_COMMIT,
      METHODS_PROTOCOL_COMMIT,
      SWEEP_PROTOCOL_COMMIT,
      HESSIAN_PROTOCOL_COMMIT,
      STAGES_PROTOCOL_COMMIT,
    ]) {
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
    }
  });

  it('rest on the arms of the experiments that name them', () => {
    for (const claim of CLAIMS) {
      const arms = EXPERIMENTS.filter(({ claims }) => claims.includes(claim.id)).flatMap(
        (experiment) => experiment.arms,
      );
      const own = new Set(claim.arms);
      // The methods, the sweep and DARTS-ES are groups, of which a claim takes its own.
      const grouped: readonly ArmKey[] = [
        ...METHOD_ARM_KEYS,
        ...ETA_ARM_KEYS,
        ...experimentByKey('hessian').arms,
      ];
      const isOther = (arm: ArmKey) => grouped.includes(arm) && !own.has(arm);
      expect(own).toEqual(new Set(arms.filter((arm) => !isOther(arm))));
    }
  });
});
