import { execFileSync } from 'node:child_process';
import { expect, expectTypeOf, test } from 'vitest';
import type * as v from 'valibot';
import type {
  EpochRecordSchema,
  RunEventSchema,
  RunHeadSchema,
  TRACE_DOCUMENT_SCHEMAS,
  TraceRunSchema,
} from '../../../src/trace/schema';
import type {
  EpochRecord,
  RunEvent,
  RunHead,
  TraceDocument,
  TraceRun,
} from '../../../src/trace/types';
import { validateHead } from '../../../src/trace/validate';
import { syntheticHead } from '../../support/synthetic-run';

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;
type Output<Schema extends v.GenericSchema> = DeepReadonly<v.InferOutput<Schema>>;

test('the schemas and the contract types are the same types', () => {
  expectTypeOf<Output<(typeof TRACE_DOCUMENT_SCHEMAS)[1]>>().toExtend<
    DeepReadonly<TraceDocument>
  >();
  expectTypeOf<Output<typeof TraceRunSchema>>().toEqualTypeOf<DeepReadonly<TraceRun>>();
  expectTypeOf<Output<typeof RunHeadSchema>>().toEqualTypeOf<DeepReadonly<RunHead>>();
  expectTypeOf<Output<typeof EpochRecordSchema>>().toEqualTypeOf<DeepReadonly<EpochRecord>>();
  expectTypeOf<Output<typeof RunEventSchema>>().toEqualTypeOf<DeepReadonly<RunEvent>>();
});

test('the committed JSON Schemas are what the schemas give', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/trace-schema.mjs', '--check'], { stdio: 'pipe' }),
  ).not.toThrow();
});

test('a head that breaks a law between its fields is refused with the place', async () => {
  const head = await syntheticHead({ seed: 0, epochs: 10, settings: { warmup: 2 } });
  expect(validateHead(head)).toEqual(head);

  const { effective, paper } = head.config;
  const withEffective = (change: Partial<typeof effective>) => ({
    ...head,
    config: { paper, effective: { ...effective, ...change } },
  });
  const refusal = (value: unknown) => {
    try {
      validateHead(value);
    } catch (error) {
      return String(error);
    }
    return 'accepted';
  };
  expect(refusal(withEffective({ stepsPerEpoch: 31 }))).toContain(
    '$.config.effective.stepsPerEpoch must be images / batch, rounded up: 32, not 31',
  );
  expect(refusal(withEffective({ epochs: 9 }))).toContain(
    '$.config.effective.epochs differs from config.paper.epochs',
  );
  expect(refusal(withEffective({ ops: ['skip_connect', 'none'] }))).toContain(
    '$.config.effective.ops must name each operation once',
  );
  expect(refusal(withEffective({ ops: ['none', 'none'] }))).toContain(
    '$.config.effective.ops must name each operation once',
  );
  expect(refusal({ ...head, data: { ...head.data, resolution: 16 } })).toContain(
    '$.data.resolution is 16, but the scale says 8',
  );
  const toggles = (...list: unknown[]) => refusal({ ...head, toggles: list });
  expect(toggles({ fromEpoch: 3, swap: true }, { fromEpoch: 3, l2: 0 })).toContain(
    '$.toggles[1].fromEpoch must come after 3',
  );
  expect(toggles({ fromEpoch: 11, swap: true })).toContain('past the last epoch of the run, 10');
  expect(toggles({ fromEpoch: 3 })).toContain('$.toggles[0] changes nothing');
});

test('an event on a day that no calendar has is refused', async () => {
  const head = await syntheticHead({ seed: 0, epochs: 1 });
  const event = { kind: 'paused', epoch: 1, at: '2026-13-01T00:00:00.000Z', detail: '' };
  expect(() => validateHead({ ...head, events: [event] })).toThrow(
    '$.events[0].at is no date of the calendar',
  );
});
