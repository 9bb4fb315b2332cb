import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { record } from '../../../cli/lib/record';
import { readRecordings } from '../../../cli/lib/recordings';
import { resolveConfig } from '../../../src/paper/resolve';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { configDigest, runDigest } from '../../../src/trace/digest';
import { readExtract, writeExtract } from '../../../src/trace/extract';
import { readIndex, type RecordingEntry } from '../../../src/trace/recordings';
import type { TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { withFolder } from '../tooling/project';
import { inventedRuns, writeRuns } from './traces';

const MACHINE = 'an invented machine';
const bench = { scale: 'bench' };

interface Place {
  readonly from: string;
  readonly out: string;
  /** Records what lies in `from`; the lines that are said. */
  readonly carryOut: (machine?: string) => Promise<string[]>;
  readonly index: () => RecordingEntry[];
}

const withPlace = (use: (place: Place) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const from = path.join(folder, 'traces');
    const out = path.join(folder, 'recordings');
    mkdirSync(from);
    await use({
      from,
      out,
      carryOut: async (machine = MACHINE) => {
        const lines: string[] = [];
        await record(from, out, machine, (line) => lines.push(line));
        return lines;
      },
      index: () => readIndex(JSON.parse(readFileSync(path.join(out, 'index.json'), 'utf8'))),
    });
  });

describe('recording', () => {
  test('puts the runs of an arm into one packed trace and tells of them in the index', () =>
    withPlace(async ({ from, out, carryOut, index }) => {
      const baseline = await inventedRuns([2, 0, 1], bench);
      const warming = await inventedRuns([0], { warmup: 30, scale: 'tiny' }, 1);
      writeRuns(from, baseline);
      mkdirSync(path.join(from, 'below'));
      writeRuns(path.join(from, 'below'), warming);
      await carryOut();
      const bytes = readFileSync(path.join(out, 'baseline-bench.json.gz'));
      expect(gunzipSync(bytes).toString()).toBe(writeTrace(baseline));
      // No time and no system in the header, so that equal runs give equal files.
      expect([...bytes.subarray(4, 8), bytes[9]]).toEqual([0, 0, 0, 0, 255]);
      expect(index().map(({ file }) => file)).toEqual([
        'baseline-bench.json.gz',
        'warmup-30-tiny.json.gz',
      ]);
      expect(index()[0]).toEqual({
        file: 'baseline-bench.json.gz',
        title: 'Baseline, scale bench, seeds 0-2, 50 epochs on cpu',
        kind: 'verdict',
        regime: 'baseline',
        experiment: 'baseline',
        arm: 'baseline',
        scale: 'bench',
        seeds: [0, 1, 2],
        build: 'test',
        date: '2026-01-01',
        command: 'npm run search -- --exp 0 --scale bench --seeds 0-2 --out DIR',
        machine: MACHINE,
        bytes: statSync(path.join(out, 'baseline-bench.json.gz')).size,
      });
      expect(index()[1]).toMatchObject({
        kind: 'demonstration',
        experiment: 'exp1',
        regime: 'warmup',
      });
      expect((await readRecordings(out)).problems).toEqual([]);
    }));

  test('adds later seeds, changes nothing without one, and names both machines', () =>
    withPlace(async ({ from, out, carryOut, index }) => {
      writeRuns(from, await inventedRuns([0, 1], bench));
      await carryOut();
      const before = readFileSync(path.join(out, 'index.json'), 'utf8');
      expect(await carryOut('another')).toEqual(['Every run is recorded already.']);
      expect(readFileSync(path.join(out, 'index.json'), 'utf8')).toBe(before);

      rmSync(from, { recursive: true });
      mkdirSync(from);
      writeRuns(from, await inventedRuns([2], bench));
      await carryOut('another');
      expect(index()).toHaveLength(1);
      expect(index()[0]).toMatchObject({ seeds: [0, 1, 2], machine: `${MACHINE}; another` });
      expect((await readRecordings(out)).recordings[0]!.runs).toHaveLength(3);
    }));

  test('keeps calibration runs apart, under the name that their size has now', () =>
    withPlace(async ({ from, out, carryOut, index }) => {
      writeRuns(from, await inventedRuns([0], bench));
      const calibration = await inventedRuns([100, 101], bench);
      writeRuns(from, await Promise.all(calibration.map(unnamed)));
      await carryOut();
      expect(index().map(({ file, kind, seeds }) => [file, kind, seeds])).toEqual([
        ['baseline-bench.json.gz', 'verdict', [0]],
        ['calibration-bench.json.gz', 'calibration', [100, 101]],
      ]);
      expect((await readRecordings(out)).problems).toEqual([]);
    }));

  test('lays an extract for the page beside each trace, and says when it does not fit', () =>
    withPlace(async ({ from, out, carryOut }) => {
      writeRuns(from, await inventedRuns([0, 1], bench));
      await carryOut();
      const file = path.join(out, 'baseline-bench.extract.gz');
      const whole = readFileSync(file);
      const [recording] = (await readRecordings(out)).recordings;
      const extract = await readExtract(new Uint8Array(whole));
      expect(extract.map(({ uid, alphas }) => [uid, alphas])).toEqual(
        recording!.runs.map(({ uid, epochs }) => [uid, epochs.map(({ alpha }) => alpha)]),
      );

      const problems = async () => (await readRecordings(out)).problems;
      writeFileSync(file, writeExtract(extract.slice(1)));
      expect(await problems()).toEqual([
        `${file}: says something else than baseline-bench.json.gz`,
      ]);
      writeFileSync(file, whole.subarray(0, 90));
      expect(await problems()).toEqual([
        expect.stringContaining(`${file}: is no valid trace: $ is packed, and cut off`),
      ]);
      rmSync(file);
      expect(await problems()).toEqual([`${file}: is missing beside baseline-bench.json.gz`]);
      await carryOut();
      expect(readFileSync(file).equals(whole)).toBe(true);
      expect(await problems()).toEqual([]);
    }));

  test('an arm without a named regime has none', () =>
    withPlace(async ({ from, carryOut, index }) => {
      writeRuns(from, await inventedRuns([0], { ...bench, warmup: 10 }));
      await carryOut();
      expect(index()[0]).toMatchObject({ arm: 'warmup-10', regime: null });
    }));
});

/** The run under the name that the size of `bench` had before calibration; its digests no longer fit. */
async function unnamed(run: TraceRun): Promise<TraceRun> {
  const { paper, effective } = run.config;
  const scale = { ...effective.scale, name: 'c8-n1-r8-i2048-b32' };
  return sealed({ ...run, config: { paper, effective: { ...effective, scale } } });
}

async function sealed(run: TraceRun): Promise<TraceRun> {
  return { ...run, configDigest: await configDigest(run), digest: await runDigest(run) };
}

describe('what cannot be recorded is named and leaves nothing behind', () => {
  const refused = (wrong: readonly TraceRun[], reason: string) =>
    withPlace(async ({ from, out, carryOut }) => {
      writeRuns(from, wrong);
      const [{ uid }] = wrong as [TraceRun];
      await expect(carryOut()).rejects.toThrow(`${path.join(from, `${uid}.json`)}: ${reason}`);
      expect(() => readdirSync(out)).toThrow('ENOENT');
    });

  test('a run that is of no arm', async () => {
    const [run] = await inventedRuns([0], { ...bench, swap: true, warmup: 10 });
    await refused([run!], 'swapped rates, warm-up 10, seed 0: is of no arm');
  });

  test('a run that is not finished', async () => {
    const [run] = await inventedRuns([0], bench);
    await refused(
      [await sealed({ ...run!, epochs: run!.epochs.slice(0, 40) })],
      'baseline, seed 0: is not',
    );
  });

  test('a run that was changed in mid-run', async () => {
    const [run] = await inventedRuns([0], bench);
    const toggles = [{ fromEpoch: 50, swap: true }];
    await refused([await sealed({ ...run!, toggles })], 'baseline, seed 0: was changed');
  });

  test('runs that differ in configuration', async () => {
    const [one, two] = await inventedRuns([0, 1], bench);
    const { paper, effective } = resolveConfig({ ...DEFAULT_SETTINGS, ...bench });
    const weights = { ...effective.weights, clip: 4 };
    const config = { paper, effective: { ...effective, weights } };
    await refused(
      [one!, await sealed({ ...two!, config })],
      'cannot join its recording: its runs differ',
    );
  });

  test('other numbers for a seed that is recorded', () =>
    withPlace(async ({ from, out, carryOut }) => {
      const [run] = await inventedRuns([0], bench);
      writeRuns(from, [run!]);
      await carryOut();
      const [first, ...rest] = run!.epochs;
      writeRuns(from, [await sealed({ ...run!, epochs: [{ ...first!, lossTrain: 1 }, ...rest] })]);
      const reason =
        'seed 0 is recorded with other numbers; to record it anew, delete baseline-bench';
      await expect(carryOut()).rejects.toThrow(reason);
      rmSync(path.join(out, 'baseline-bench.json.gz'));
      await carryOut();
      const { recordings } = await readRecordings(out);
      expect(recordings[0]!.runs[0]!.epochs[0]!.lossTrain).toBe(1);
    }));

  test('a file that is no trace, and a folder without one', () =>
    withPlace(async ({ from, carryOut }) => {
      await expect(carryOut()).rejects.toThrow(`${from}: there is no trace`);
      writeFileSync(path.join(from, 'other.json'), '{}');
      await expect(carryOut()).rejects.toThrow(
        `${path.join(from, 'other.json')}: is no valid trace: $.`,
      );
    }));
});
