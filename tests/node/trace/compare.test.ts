import { describe, expect, test } from 'vitest';
import { compareEpochs, EXACT, firstDifference } from '../../../src/trace/compare';
import { OPERATIONS } from '../../../src/paper/operation';
import type { EpochRecord } from '../../../src/trace/types';
import { syntheticRun } from '../../support/synthetic-run';

const { epochs } = await syntheticRun({ seed: 1, epochs: 3 });
const LOOSE = { relative: 1e-3, accuracy: 0.01 };

const change = (part: Partial<EpochRecord>): EpochRecord[] =>
  epochs.with(1, { ...epochs[1]!, ...part });
const compare = (got: readonly EpochRecord[], tolerance = EXACT) =>
  compareEpochs(epochs, got, OPERATIONS, tolerance);

/** Alpha with one entry multiplied. */
function scaled(alpha: EpochRecord['alpha'], edge: number, column: number, factor: number) {
  return alpha.map((row, e) =>
    row.map((value, c) => (e === edge && c === column ? value * factor : value)),
  );
}

describe('two trainings', () => {
  test('are equal when only their clocks differ', () => {
    const { verdict, epochs: compared } = compare(change({ seconds: 99 }));
    expect(verdict).toBe('equal');
    expect(compared.map(({ epoch, difference }) => [epoch, difference])).toEqual([
      [1, null],
      [2, null],
      [3, null],
    ]);
  });

  test('are compared as far as both go', () => {
    expect(compare(epochs.slice(0, 2)).epochs).toHaveLength(2);
  });

  test('are close when a number is within the tolerance, and different beyond it', () => {
    const near = change({ gradNorm: epochs[1]!.gradNorm * 1.0005 });
    expect(compare(near, LOOSE).verdict).toBe('close');
    expect(compare(near).verdict).toBe('different');
    const far = change({ gradNorm: epochs[1]!.gradNorm * 1.002 });
    const { verdict, epochs: compared } = compare(far, LOOSE);
    expect(verdict).toBe('different');
    expect(compared.map((epoch) => epoch.verdict)).toEqual(['equal', 'different', 'equal']);
    expect(compared[1]!.difference).toMatchObject({
      epoch: 2,
      field: 'gradNorm',
      place: null,
      expected: epochs[1]!.gradNorm,
      got: epochs[1]!.gradNorm * 1.002,
    });
  });

  test('differ in alpha at an edge and an operation', () => {
    const { alpha } = epochs[1]!;
    const got = scaled(alpha, 4, 1, 1.5);
    const { difference } = compare(change({ alpha: got }), LOOSE).epochs[1]!;
    expect(difference).toMatchObject({
      field: 'alpha',
      place: { edge: '3<-1', operation: 'skip_connect' },
      expected: alpha[4]![1],
      got: got[4]![1],
    });
  });

  test('weigh an error in alpha by the largest alpha of the epoch', () => {
    const { alpha } = epochs[1]!;
    const largest = Math.max(...alpha.flat().map(Math.abs));
    const near = alpha.map((row) => row.map((value) => value + 0.0005 * largest));
    expect(compare(change({ alpha: near }), LOOSE).verdict).toBe('close');
  });

  test('name the snapshot that differs first', () => {
    const steps = epochs[1]!.steps.map((snapshot, i) =>
      i === 2 ? { ...snapshot, alpha: scaled(snapshot.alpha, 0, 3, 2) } : snapshot,
    );
    const { difference } = compare(change({ steps, lossValid: 0 }), LOOSE).epochs[1]!;
    expect(difference).toMatchObject({
      field: 'steps',
      step: steps[2]!.step,
      place: { edge: '1<-0', operation: 'nor_conv_3x3' },
    });
  });

  test('are different when a snapshot is missing, however loose the tolerance', () => {
    const steps = epochs[1]!.steps.slice(1);
    const { verdict } = compare(change({ steps }), { relative: 0.99, accuracy: 1 });
    expect(verdict).toBe('different');
  });

  test.each([{ rateAlpha: 1 }, { rateWeights: 1 }, { l2: 1 }, { phase: 'warmup' }] as const)(
    'are different when the configuration’s own %o differs, however loose the tolerance',
    (part) => {
      const { epochs: compared } = compare(change(part), { relative: 0.99, accuracy: 1 });
      expect(compared[1]!.verdict).toBe('different');
      expect(compared[1]!.difference!.field).toBe(Object.keys(part)[0]);
    },
  );

  test('are different when one has a loss that the other lacks', () => {
    expect(compare(change({ lossAlpha: null }), LOOSE).verdict).toBe('different');
  });

  test('allow an accuracy a few images', () => {
    const accValid = epochs[1]!.accValid + 0.005;
    expect(compare(change({ accValid }), LOOSE).verdict).toBe('close');
    expect(compare(change({ accValid: accValid + 0.01 }), LOOSE).verdict).toBe('different');
  });

  test('may choose another cell only where alpha differs', () => {
    const arch = epochs[0]!.arch.replace('skip_connect', 'none');
    expect(compare(change({ arch }), LOOSE).verdict).toBe('different');
    const alpha = scaled(epochs[1]!.alpha, 0, 0, 1 + 1e-6);
    expect(compare(change({ arch, alpha }), LOOSE).verdict).toBe('close');
  });
});

test('the first difference of two values is found by its path', () => {
  expect(firstDifference({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBeNull();
  expect(firstDifference({ a: { b: [1, 2] } }, { a: { b: [1, 3] } })).toEqual({
    path: 'a.b.1',
    a: 2,
    b: 3,
  });
  expect(firstDifference({ a: 1 }, {})).toEqual({ path: 'a', a: 1, b: undefined });
  expect(firstDifference(null, { a: 1 })).toEqual({ path: '', a: null, b: { a: 1 } });
});
