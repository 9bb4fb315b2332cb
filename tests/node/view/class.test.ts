import { expect, test } from 'vitest';
import { EDGES } from '../../../src/paper/cell';
import { OPERATIONS } from '../../../src/paper/operation';
import type { RegimeSeries } from '../../../src/view/chart/series';
import { precisionSentence } from '../../../src/view/class/words';

/* What the page of a class says of its pool, over INVENTED seeds of one epoch. */

/** Seeds whose skip-connect has this alpha on every edge. */
function pool(...alphas: readonly number[]): RegimeSeries {
  const trajectories = alphas.map((height, seed) => {
    const row = OPERATIONS.map((operation) => (operation === 'skip_connect' ? height : 0));
    const alpha = EDGES.map(() => row);
    return {
      uid: String(seed),
      seed,
      ops: OPERATIONS,
      epochs: [{ epoch: 1, phase: 'joint' as const, alpha, arch: '', steps: [] }],
      total: 1,
      warmup: 0,
      live: false,
      toggles: [],
      events: [],
    };
  });
  return { key: '', label: '', ops: OPERATIONS, trajectories };
}

test('seeds like those before make the mean sharper, by the root of their number', () => {
  const few = pool(1, 1.4);
  const many = pool(1, 1.4, 1, 1.4, 1, 1.4, 1, 1.4);
  const said = precisionSentence(many, 1, few);
  expect(said).toMatch(/on average over 8 seeds/);
  const [now, was] = [...said.matchAll(/(?:known|was)[^±]*± (\.\d+)/g)].map(([, value]) =>
    Number(value),
  );
  expect(now!).toBeLessThan(was!);
  // Of eight seeds by n - 1, s.d. is sqrt(4/7) of that of two; the error once more by sqrt(1/4).
  expect(now! / was!).toBeCloseTo(Math.sqrt(4 / 7) / 2, 1);
  expect(said).toMatch(/With 2 seeds it was ± \.\d+: the last files made it sharper\.$/);
});

test('a seed far from the others makes it less sharp, and the reason is given', () => {
  const said = precisionSentence(pool(1, 1.02, 4), 1, pool(1, 1.02));
  expect(said).toMatch(/the new seeds lie so far from the others that it is known less well/);
});

test('without an error before, nothing is compared', () => {
  expect(precisionSentence(pool(1, 1.4), 1, pool(1))).not.toMatch(/it was/);
  expect(precisionSentence(pool(1, 1.4), 1)).not.toMatch(/it was/);
  expect(precisionSentence(pool(1), 1)).toMatch(/A second one tells how far seeds differ/);
});
