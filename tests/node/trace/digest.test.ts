import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { configDigest, regimeKey, runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { syntheticRun } from '../../support/synthetic-run';

const run = await syntheticRun({ seed: 3, epochs: 3 });

test('is SHA-256 over canonical JSON that anyone can compute', async () => {
  const { seed, config, data, toggles, epochs } = run;
  const stripped = epochs.map((record) => {
    const copy: Record<string, unknown> = { ...record };
    delete copy.seconds;
    return copy;
  });
  expect(await runDigest(run)).toBe(
    sha256(sorted({ seed, config, data, toggles, epochs: stripped })),
  );
  expect(await configDigest(run)).toBe(sha256(sorted({ config, data: data.digest, science: 1 })));
});

test.each<[string, Partial<TraceRun>]>([
  ['uid', { uid: 'other' }],
  ['name', { name: 'other' }],
  ['state', { state: 'error' }],
  ['date', { createdAt: 'other' }],
  ['events', { events: [] }],
  ['environment', { environment: { build: 'other', backend: 'webgpu', adapter: 'other' } }],
  ['wording of deviations', { deviations: [] }],
  ['seconds', { epochs: run.epochs.map((record) => ({ ...record, seconds: 99 })) }],
])('of a run does not depend on its %s', async (_, change) => {
  expect(await runDigest({ ...run, ...change })).toBe(run.digest);
});

test.each<[string, Partial<TraceRun>]>([
  ['seed', { seed: 4 }],
  ['data', { data: { ...run.data, digest: 'e'.repeat(64) } }],
  ['toggles', { toggles: [{ fromEpoch: 2, swap: true }] }],
  ['losses', { epochs: run.epochs.map((record) => ({ ...record, lossTrain: 1 })) }],
  ['number of epochs', { epochs: run.epochs.slice(1) }],
])('of a run depends on its %s', async (_, change) => {
  expect(await runDigest({ ...run, ...change })).not.toBe(run.digest);
});

test('of a configuration is shared by seeds and told apart by regime, data and science', async () => {
  const other = await syntheticRun({ seed: 9, epochs: 3 });
  expect(other.configDigest).toBe(run.configDigest);
  const swapped = await syntheticRun({ seed: 3, epochs: 3, settings: { swap: true } });
  expect(swapped.configDigest).not.toBe(run.configDigest);
  const data = { ...run.data, digest: 'e'.repeat(64) };
  expect(await configDigest({ ...run, data })).not.toBe(run.configDigest);
  expect(await configDigest(run, 2)).not.toBe(run.configDigest);
});

test('a run toggled in mid-run does not share a mean with the others of its configuration', () => {
  const toggled = { ...run, toggles: [{ fromEpoch: 2, l2: 0.01 }] };
  expect(regimeKey(run)).toBe(run.configDigest);
  expect(regimeKey(toggled)).not.toBe(regimeKey(run));
  expect(regimeKey({ ...toggled })).toBe(regimeKey(toggled));
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A second, plain way to sorted JSON. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
