import { describe, expect, test } from 'vitest';
import { NAS_BENCH_201 } from '../../../../src/paper/space/nas-bench-201';
import { without } from '../../../../src/trace/without';
import { eigenvalueStop, localAverages } from '../../../../src/paper/stop/eigenvalue';

const OPS = ['none', 'skip_connect'];

/** A search of so many epochs whose eigenvalue after joint epoch e, from 0, is given for even e. */
const searchOf = (epochs: number, eigenvalue: (e: number) => number) => ({
  space: NAS_BENCH_201,
  ops: OPS,
  alphas: Array.from({ length: epochs }, () => Array.from({ length: 6 }, () => [0, 0])),
  eigenvalues: Array.from({ length: epochs }, (_, e) => (e % 2 === 0 ? eigenvalue(e) : null)),
});

/** The rule as the reference has it, over the whole list at once; epochs from 0. */
function plain(epochs: number, eigenvalue: (e: number) => number) {
  const averages = new Map<number, number>();
  const values: number[] = [];
  for (let e = 0; e < epochs - 1; e += 2) {
    values.push(eigenvalue(e));
    if (values.length < 3) continue;
    const own = values.slice(Math.max(0, values.length - 5));
    averages.set(e - 4, own.reduce((a, b) => a + b) / own.length);
    const from = e - 12;
    if (from >= 10 && averages.get(e - 4)! / averages.get(from)! > 1.3) return { from, at: e };
  }
  return null;
}

describe('DARTS-ES', () => {
  const rule = eigenvalueStop();

  test.each([
    ['grows from the beginning', (e: number) => 1 + e / 10],
    ['explodes late', (e: number) => (e < 34 ? 0.2 : 0.2 * 1.2 ** (e - 34))],
    ['stands still', () => 0.5],
    ['falls', (e: number) => 2 - e / 50],
    ['grows slowly', (e: number) => 10 + e / 10],
    ['jumps once', (e: number) => (e === 24 ? 4 : 1)],
  ])('stops where the reference does: the eigenvalue %s', (_, eigenvalue) => {
    const expected = plain(50, eigenvalue);
    const stop = rule.find(searchOf(50, eigenvalue));
    expect(stop).toEqual(
      expected
        ? { epoch: expected.from + 1, decidedAt: expected.at + 1, triggered: true }
        : { epoch: 50, decidedAt: 50, triggered: false },
    );
  });

  test('decides after the 23rd epoch at the earliest, and goes back to the 11th', () => {
    const stop = rule.find(searchOf(50, (e) => 2 ** e));
    expect(stop).toEqual({ epoch: 11, decidedAt: 23, triggered: true });
    // The last epoch is not checked.
    expect(rule.find(searchOf(23, (e) => 2 ** e)).triggered).toBe(false);
    expect(rule.find(searchOf(24, (e) => 2 ** e)).triggered).toBe(true);
  });

  test('compares averages that stand for the epoch in their middle', () => {
    const values = [1, null, 2, null, 6, null, 3, null, 8, null, 1, null];
    expect(localAverages(values)).toEqual([
      3,
      null,
      3,
      null,
      4,
      null,
      4,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('finds nothing where nothing was measured', () => {
    const search = without(
      searchOf(50, (e) => 2 ** e),
      'eigenvalues',
    );
    expect(rule.find(search)).toEqual({ epoch: 50, decidedAt: 50, triggered: false });
  });
});
