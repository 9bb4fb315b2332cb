import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SearchData } from '../../../src/data/search-data';
import { loadSearchData } from '../../../src/data/source';
import { openDevice, type Device } from '../../../src/engine/device';
import type { Settings } from '../../../src/paper/config';
import { curvesOf } from '../../../src/paper/curves';
import { armConfig } from '../../../src/paper/experiment/config';
import { armByKey } from '../../../src/paper/experiment/arm';
import { ONE_SHOT_OPERATIONS } from '../../../src/paper/operation';
import { ONE_SHOT_1, ONE_SHOT_3 } from '../../../src/paper/space/nas-bench-1shot1';
import { benchRunOf, trajectoryOf } from '../../../src/trace/bench-run';
import { compareEpochs, EXACT } from '../../../src/trace/compare';
import { writeCsv } from '../../../src/trace/csv';
import { configDigest, runDigest } from '../../../src/trace/digest';
import { readTrace } from '../../../src/trace/read';
import type { EpochRecord, TraceRun } from '../../../src/trace/types';
import { validateRecord } from '../../../src/trace/validate';
import { writeTrace } from '../../../src/trace/write';
import { epochDraws } from '../../../src/trainer/batches';
import { computed, runSmall, SMALL, type FinishedRun } from '../../support/small-run';
import { syntheticHead } from '../../support/synthetic-run';
import { fromDisk, packaged } from '../data/packaged';

/** As for NAS-Bench-201: WebAssembly's arithmetic is fixed to the bit. */
const DIGEST = '018db5ba71833bb438293186585638d8d4b45973037231bfe4c84316cc4f6b5b';

const settings: Partial<Settings> = {
  space: 'nas-bench-1shot1-1',
  ops: ONE_SHOT_OPERATIONS,
  epochs: 2,
};

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

describe('a search in a space of NAS-Bench-1Shot1', () => {
  test('records the rows of its alpha and the cell with its connections', () => {
    const rows = ONE_SHOT_1.rows(ONE_SHOT_OPERATIONS);
    for (const { alpha, arch, steps } of whole.records) {
      expect(alpha.map(({ length }) => length)).toEqual([3, 3, 3, 3, 5, 3, 4]);
      expect(alpha).toHaveLength(rows.length);
      expect(steps.at(-1)!.alpha).toEqual(alpha);
      expect(arch).toBe(ONE_SHOT_1.derive(alpha, ONE_SHOT_OPERATIONS));
      expect(ONE_SHOT_1.held(arch)).toHaveLength(4);
    }
  });

  test('is the same to the bit wherever it runs, and goes on from an epoch edge', async () => {
    expect(whole.digest).toBe(DIGEST);
    const rest = await runSmall(device, data, { settings, from: whole.checkpoints[1]! });
    expect(rest.records.map(computed)).toEqual(whole.records.slice(1).map(computed));
    expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
  });

  test('takes every image of alpha’s half once in an epoch', () => {
    const numbersOf = (kind: 'pass' | 'replacement') => {
      const draws = epochDraws(data, 7, 1, false, kind).alpha!;
      return new Set(draws.map((draw) => draw & 0xffff)).size;
    };
    expect(numbersOf('pass')).toBe(64);
    expect(numbersOf('replacement')).toBeLessThan(64);
  });

  test('makes a trace that is read again', async () => {
    expect(await readTrace(writeTrace([run]))).toEqual({ runs: [run] });
    const again = compareEpochs(
      run.epochs,
      run.epochs,
      run.config.effective.ops,
      EXACT,
      ONE_SHOT_1,
    );
    expect(again.verdict).toBe('equal');
    const lines = writeCsv([run]).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 2 * 4 * 3);
    expect(lines[1]).toContain(',block 1,maxpool3x3,');
  });

  const refusal = (change: Partial<EpochRecord>) => {
    try {
      validateRecord({ ...run.epochs[0]!, ...change }, run, 1);
    } catch (error) {
      return String(error);
    }
    return 'accepted';
  };

  test('has laws of its own', async () => {
    const [first] = run.epochs as [EpochRecord];
    expect(refusal({})).toBe('accepted');
    expect(refusal({ alpha: first.alpha.slice(1) })).toContain('must have 7 entries, not 6');
    const short = first.alpha.map((row, at) => (at === 5 ? row.slice(1) : row));
    expect(refusal({ alpha: short })).toContain(
      'has 2 values in inputs of block 3; the run has 3 candidates',
    );
    const other = run.epochs.find(({ arch }) => arch !== first.arch)?.arch ?? '|skip_connect~0|';
    expect(refusal({ arch: other })).toContain('is not the cell that alpha gives');
    const effective = { ...run.config.effective, ops: ONE_SHOT_OPERATIONS.slice(1) };
    const { paper } = run.config;
    const lacking = { ...run, config: { paper: { ...paper, ops: effective.ops }, effective } };
    await expect(readTrace(writeTrace([lacking]))).rejects.toThrow(/each operation once/);
  });

  test('counts for its arm, over its choice blocks', async () => {
    const config = armConfig(armByKey('one-shot-3'), 'bench');
    const alpha = ONE_SHOT_3.rows(ONE_SHOT_OPERATIONS).map(({ columns }) => columns.map(() => 0));
    const epochs = [{ ...run.epochs[0]!, alpha }];
    const benched = {
      ...run,
      config,
      epochs,
      configDigest: await configDigest({ ...run, config }),
    };
    expect(benchRunOf(benched)).toMatchObject({ arm: 'one-shot-3', space: ONE_SHOT_3 });
    const { magnitude, held } = curvesOf(trajectoryOf(benched), null);
    magnitude.forEach((curve) => expect(curve[0]).toBeCloseTo(1 / 3));
    expect(held.map((curve) => curve[0])).toEqual([5, 0, 0]);
  });
});
