import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SearchData } from '../../../src/data/search-data';
import { loadSearchData } from '../../../src/data/source';
import { openDevice, type Device } from '../../../src/engine/device';
import { OPERATIONS } from '../../../src/paper/operation';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { NAS_BENCH_201_STAGES } from '../../../src/paper/space/nas-bench-201-stages';
import { compareEpochs, EXACT } from '../../../src/trace/compare';
import { writeCsv } from '../../../src/trace/csv';
import { runDigest } from '../../../src/trace/digest';
import { readTrace } from '../../../src/trace/read';
import type { EpochRecord, TraceRun } from '../../../src/trace/types';
import { validateRecord } from '../../../src/trace/validate';
import { writeTrace } from '../../../src/trace/write';
import { computed, runSmall, SMALL, type FinishedRun } from '../../support/small-run';
import { syntheticHead } from '../../support/synthetic-run';
import { fromDisk, packaged } from '../data/packaged';

/** WebAssembly's arithmetic is fixed to the bit. */
const DIGEST = '94886d1e5049a532ef34574366653719949be4a3ecc1060a9985c3390df53355';

const settings = { stages: true, epochs: 2 } as const;

let device: Device;
let data: SearchData;
let whole: FinishedRun;
let run: TraceRun;

beforeAll(async () => {
  await packaged();
  data = await loadSearchData({ resolution: 8, images: 64, cache: null, ...fromDisk() });
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  device = await openDevice('wasm', dirname(wasm) + sep);
  whole = await runSmall(device, data, { settings });
  const head = await syntheticHead({ seed: 7, epochs: 2, settings: { ...SMALL, ...settings } });
  const epochs = whole.records;
  run = { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
});

describe('a search with alphas for each stage', () => {
  test('records six rows and a cell for each', () => {
    for (const { alpha, arch, steps } of whole.records) {
      expect(alpha.map(({ length }) => length)).toEqual(Array<number>(18).fill(5));
      expect(steps.at(-1)!.alpha).toEqual(alpha);
      const cells = [0, 6, 12].map((row) =>
        NAS_BENCH_201.derive(alpha.slice(row, row + 6), OPERATIONS),
      );
      expect(arch).toBe(cells.join('/'));
    }
  });

  test('starts the first stage where one alpha for all would, and the others elsewhere', async () => {
    const shared = await runSmall(device, data, { settings: { epochs: 1 } });
    const [own, all] = [whole, shared].map(({ checkpoints }) => checkpoints[0]!.snapshot.alpha);
    expect(own).toHaveLength(90);
    expect(own!.subarray(0, 30)).toEqual(all);
    expect(own!.subarray(30, 60)).not.toEqual(all);
    expect(own!.subarray(60, 90)).not.toEqual(own!.subarray(30, 60));
  });

  test('is the same to the bit wherever it runs, and goes on from an epoch edge', async () => {
    expect(whole.digest).toBe(DIGEST);
    const { count } = device.kernels;
    const rest = await runSmall(device, data, { settings, from: whole.checkpoints[1]! });
    expect(device.kernels.count).toBe(count);
    expect(rest.records.map(computed)).toEqual(whole.records.slice(1).map(computed));
    expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
  });

  test('makes a trace of version 2 that is read again, and a table with a row for each edge', async () => {
    const text = writeTrace([run]);
    expect(text).toContain('"version":2}');
    expect(await readTrace(text)).toEqual({ runs: [run] });
    const older = text.replace('"version":2}', '"version":1}');
    await expect(readTrace(older)).rejects.toThrow('space');
    const { ops } = run.config.effective;
    const again = compareEpochs(run.epochs, run.epochs, ops, EXACT, NAS_BENCH_201_STAGES);
    expect(again.verdict).toBe('equal');
    const lines = writeCsv([run]).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 2 * 18 * 5);
    expect(lines[1]).toContain(',stage 1: 1<-0,none,');
  });

  test('names the stage, edge and operation that another training differs in', () => {
    const [first] = run.epochs as [EpochRecord];
    const alpha = first.alpha.map((row, at) => (at === 14 ? row.with(2, 1) : row));
    const ops = OPERATIONS;
    const got = compareEpochs([first], [{ ...first, alpha }], ops, EXACT, NAS_BENCH_201_STAGES);
    expect(got.epochs[0]!.difference!.place).toEqual({
      edge: 'stage 3: 2<-1',
      operation: 'nor_conv_1x1',
    });
  });

  test('has laws of its own', () => {
    const [first] = run.epochs as [EpochRecord];
    const refusal = (change: Partial<EpochRecord>) => {
      try {
        validateRecord({ ...first, ...change }, run, 1);
      } catch (error) {
        return String(error);
      }
      return 'accepted';
    };
    expect(refusal({})).toBe('accepted');
    expect(refusal({ alpha: first.alpha.slice(0, 6) })).toContain('must have 18 entries, not 6');
    const arch = first.arch.split('/')[0]!;
    expect(refusal({ arch })).toContain('is not the cell that alpha gives');
  });
});
