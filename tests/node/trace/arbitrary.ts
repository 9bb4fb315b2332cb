import fc from 'fast-check';
import { deriveGenotype, formatGenotype } from '../../../src/paper/genotype';
import { OPERATIONS } from '../../../src/paper/operation';
import { runDigest } from '../../../src/trace/digest';
import type { EpochRecord, RunEvent, TraceRun } from '../../../src/trace/types';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const nonNegative = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true });
const text = (maxLength: number, minLength = 0) =>
  fc.string({ unit: 'grapheme', minLength, maxLength: maxLength / 20 });
const instant = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const event: fc.Arbitrary<RunEvent> = fc.record({
  kind: fc.constantFrom('started', 'paused', 'toggle', 'device-lost', 'imported'),
  epoch: fc.nat(40),
  at: instant,
  detail: text(200),
});

const shape = fc.record({
  number: fc.nat(),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  epochs: fc.integer({ min: 0, max: 4 }),
  warmup: fc.nat(3),
  swap: fc.boolean(),
  l2: fc.constantFrom(0, 1e-3, 0.01),
  ops: fc.subarray([...OPERATIONS], { minLength: 2 }),
  frozenAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
  scale: fc.constantFrom('tiny', 'small', 'c4-n1-r8-i100'),
  name: text(200, 1),
  createdAt: instant,
  state: fc.constantFrom('running', 'paused', 'finished', 'stopped', 'error'),
  events: fc.array(event, { maxLength: 3 }),
  noise: fc.infiniteStream(finite),
  amounts: fc.infiniteStream(nonNegative),
});

/** Valid runs with arbitrary numbers in every place that allows them. */
export const arbitraryRun: fc.Arbitrary<Promise<TraceRun>> = shape.map(
  async ({ number, events, noise, amounts, frozenAt, ops, warmup, swap, l2, scale, ...rest }) => {
    const run = await syntheticRun({
      ...rest,
      uid: syntheticUid(number),
      settings: { ops, warmup, swap, l2, scale, epochs: 4 },
      toggles: frozenAt === null ? [] : [{ fromEpoch: frozenAt, frozen: frozenAt % 2 === 0 }],
    });
    const draw = (): number => Number(noise.next().value);
    const amount = (): number => Number(amounts.next().value);
    const epochs = run.epochs.map((record): EpochRecord => {
      const alpha = record.alpha.map((row) => row.map(draw));
      return {
        ...record,
        alpha,
        arch: formatGenotype(deriveGenotype(alpha, ops)),
        lossTrain: amount(),
        gradNorm: amount(),
        rateAlpha: amount(),
        seconds: amount(),
        steps: record.steps.map((step) => ({
          ...step,
          alpha: step.alpha.map((row) => row.map(draw)),
        })),
      };
    });
    return { ...run, events, epochs, digest: await runDigest({ ...run, epochs }) };
  },
);

/** Runs of different uids. */
export const arbitraryRuns = fc
  .array(arbitraryRun, { maxLength: 4 })
  .map(async (runs) => [
    ...new Map((await Promise.all(runs)).map((run) => [run.uid, run])).values(),
  ]);
