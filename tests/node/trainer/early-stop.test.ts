import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadSearchData } from '../../../src/data/source';
import type { SearchData } from '../../../src/data/search-data';
import { openDevice, type Device } from '../../../src/engine/device';
import type { EarlyStop } from '../../../src/paper/config';
import { OPERATIONS } from '../../../src/paper/operation';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { earlyStopRule } from '../../../src/paper/stop/early-stop';
import type { Stop } from '../../../src/paper/stop/stop';
import { jointAlphas } from '../../../src/trace/bench-run';
import { computed, runSmall, type FinishedRun } from '../../support/small-run';
import { fromDisk, packaged } from '../data/packaged';

/* A real search that ends itself, on real images. */

const EPOCHS = 12;
let device: Device;
let data: SearchData;
let whole: FinishedRun;

beforeAll(async () => {
  await packaged();
  data = await loadSearchData({ resolution: 8, images: 64, cache: null, ...fromDisk() });
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  device = await openDevice('wasm', dirname(wasm) + sep);
  whole = await runSmall(device, data, { settings: { epochs: EPOCHS } });
});

/** A rule that ends this search early, and where: as found afterwards, without training. */
function earlyRule(): { rule: EarlyStop; found: Stop } {
  const trajectory = { space: NAS_BENCH_201, ops: OPERATIONS, alphas: jointAlphas(whole.records) };
  for (const operation of OPERATIONS) {
    const rule: EarlyStop = { rule: 'ss', operation, patience: 2 };
    const found = earlyStopRule(rule).find(trajectory);
    if (found.triggered && found.decidedAt > 3 && found.decidedAt < EPOCHS) return { rule, found };
  }
  throw new Error('No operation has passed its peak in this search.');
}

test('it trains until the rule knows, the same numbers as without it', async () => {
  const { rule, found } = earlyRule();
  const ends: [boolean, Stop | null][] = [];
  const early = await runSmall(device, data, {
    settings: { epochs: EPOCHS, stop: rule },
    watch: (progress) => {
      if (progress.type === 'epoch') ends.push([progress.last, progress.stop]);
    },
  });
  expect(early.records.map(computed)).toEqual(
    whole.records.slice(0, found.decidedAt).map(computed),
  );
  expect(ends.slice(0, -1).every(([last, stop]) => !last && stop === null)).toBe(true);
  expect(ends.at(-1)).toEqual([true, found]);

  // Cut off after any epoch, it is shown the stored ones again and ends where it would have.
  const before = found.decidedAt - 1;
  for (const cut of [1, before]) {
    const rest = await runSmall(device, data, {
      settings: { epochs: EPOCHS, stop: rule },
      from: early.checkpoints[cut]!,
    });
    expect(rest.records.map(computed)).toEqual(early.records.slice(cut).map(computed));
  }
});

test('frozen epochs do not count: alpha has no peak there', async () => {
  const stop: EarlyStop = { rule: 'ss', operation: 'none', patience: 2 };
  const { records } = await runSmall(device, data, { settings: { epochs: 1, warmup: 4, stop } });
  expect(records.map(({ phase }) => phase)).toEqual([
    'warmup',
    'warmup',
    'warmup',
    'warmup',
    'joint',
  ]);
});

test('by DARTS-ES it ends at the growth of the eigenvalue, but not after its last epoch', async () => {
  const { snapshot } = whole.checkpoints[1]!;
  const { alpha } = whole.records[0]!;
  // So large and so small that whatever is measured in the 23rd epoch changes nothing.
  const joint = Array.from({ length: 22 }, (_, e) => ({
    alpha,
    ...(e % 2 === 0 && { eigenvalue: e < 14 ? 1e-9 : 1e9 }),
  }));
  for (const [epochs, expected] of [
    [24, { epoch: 11, decidedAt: 23, triggered: true }],
    [23, null],
  ] as const) {
    const ends: [number, boolean, Stop | null][] = [];
    const { records } = await runSmall(device, data, {
      settings: { epochs, stop: { rule: 'es' } },
      from: { epoch: 22, joint, snapshot },
      watch: (progress) => {
        if (progress.type !== 'epoch') return;
        ends.push([progress.record.epoch, progress.last, progress.stop]);
      },
    });
    expect(ends).toEqual([[23, true, expected]]);
    expect(records[0]!.eigenvalue).toEqual(expect.any(Number));
  }
});
