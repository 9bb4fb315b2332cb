import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { record } from '../../../cli/lib/record';
import { CLAIMS } from '../../../src/paper/claim/registry';
import { PROTOCOL_COMMIT } from '../../../src/paper/claim/protocol';
import type { Verdict } from '../../../src/paper/claim/verdict';
import { verdicts as judgeAll } from '../../../src/paper/claim/verdicts';
import { benchRunOf } from '../../../src/trace/bench-run';
import type { RecordingEntry } from '../../../src/trace/recordings';
import type { TraceRun } from '../../../src/trace/types';
import { lookupOf } from '../../../src/paper/table/lookup';
import { TableReader } from '../../../src/paper/table/read';
import { ONE_SHOT_KEYS } from '../../../src/paper/space/space';
import { oneShotSpaceByKey } from '../../../src/paper/space/registry';
import { configFor } from '../../../src/paper/experiment/config';
import { shippedTableName } from '../../../src/trace/scaled-table';
import { inventedScaledTable } from '../../support/invented-scaled-table';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { inventedCsv } from '../../support/invented-table';
import { withFolder } from '../tooling/project';
import { bundled } from './command';
import { inventedRuns, writeRuns } from './traces';

let verdicts: Awaited<ReturnType<typeof bundled>>;
let baseline: TraceRun[];
let swapped: TraceRun[];
let calibration: TraceRun[];
let tiny: TraceRun[];

beforeAll(async () => {
  verdicts = await bundled('verdicts');
  baseline = await inventedRuns([0, 1, 2], { scale: 'bench' });
  swapped = await inventedRuns([0, 1, 2], { scale: 'bench', swap: true }, 1);
  calibration = await inventedRuns([100], { scale: 'bench' });
  tiny = await inventedRuns([0], { scale: 'tiny' }, 2);
}, 120_000);

/** Recordings of these runs, in a folder that is gone after `use`. */
const withRecordings = (runs: readonly TraceRun[], use: (folder: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const from = path.join(folder, 'traces');
    const out = path.join(folder, 'recordings');
    mkdirSync(from);
    writeRuns(from, runs);
    await record(from, out, 'a machine', () => undefined);
    await use(out);
  });

describe('verdicts', () => {
  test('are those of the claims on the runs of the benches, for people and for programs', () =>
    withRecordings([...baseline, ...swapped, ...calibration, ...tiny], async (folder) => {
      const json = path.join(folder, '../verdicts.json');
      const flags = ['--recordings', folder, '--tables', path.join(folder, 'none')];
      const { status, stdout, stderr } = await verdicts([...flags, '--json', json]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

      const judged = [...baseline, ...swapped, ...calibration].map((run) => benchRunOf(run)!);
      const expected = judgeAll(judged, { selectedScale: 'bench' });
      const told = JSON.parse(readFileSync(json, 'utf8')) as Verdict[];
      expect(told.map(({ id }) => id)).toEqual(CLAIMS.map(({ id }) => id));
      told.forEach((verdict, at) => {
        for (const key of [
          'outcome',
          'n',
          'effect',
          'scale',
          'table',
          'runs',
          'sentence',
        ] as const) {
          expect(verdict[key], `${verdict.id} ${key}`).toEqual(expected[at]![key]);
        }
      });
      const [first] = told;
      expect(first).toMatchObject({ n: 3, scale: 'bench', table: null });
      expect(first!.runs).toEqual(baseline.map(({ uid }) => uid));
      expect(first!.sentence).toContain('Scale selected for it.');

      const lines = stdout.split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
      expect(lines).toContain('Scale: bench. Accuracy table: none.');
      expect(lines).toContainEqual(expect.stringMatching(`^Protocol: ${PROTOCOL_COMMIT}[,.]`));
      expect(lines).toContainEqual(
        expect.stringMatching(
          /^baseline +seen +3 +\d\.\d\d ± \d\.\d\d edges +\.018 +\.000 +\.000$/,
        ),
      );
      expect(lines).toContainEqual(expect.stringMatching(/^OS\.7 +too few seeds +0 +-/));
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(first!.sentence);
      expect(stdout).toContain(`Left out: baseline, seed 100 (${calibration[0]!.uid}): it served`);
    }));

  test('use the accuracies of a table, and name it', () =>
    withRecordings([...baseline, ...swapped], async (folder) => {
      const file = path.join(folder, '../invented.csv');
      const json = path.join(folder, '../verdicts.json');
      writeFileSync(file, inventedCsv());
      const { status, stdout, stderr } = await verdicts([
        '--recordings',
        folder,
        '--tables',
        path.join(folder, 'none'),
        '--table',
        file,
        '--column',
        'cifar100_test',
        '--json',
        json,
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Accuracy table: invented, CIFAR-100 test.');
      const told = JSON.parse(readFileSync(json, 'utf8')) as Verdict[];
      const reader = new TableReader('invented.csv');
      reader.push(inventedCsv());
      const tables = [lookupOf(reader.end(), 'cifar100_test')];
      const runs = [...baseline, ...swapped].map((run) => benchRunOf(run)!);
      const expected = judgeAll(runs, { selectedScale: 'bench', tables });
      expect(told.map(({ sentence }) => sentence)).toEqual(
        expected.map(({ sentence }) => sentence),
      );
      expect(told[0]).toMatchObject({ table: 'invented, CIFAR-100 test' });
    }));

  test('refuse a bad table with its row', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'bad.csv');
      writeFileSync(
        file,
        inventedCsv().replace(/\n7,[^\n]*/, (row) => row.replace(/[^,]*$/, 'NaN')),
      );
      const { status, stderr } = await verdicts(['--table', file]);
      expect(status).toBe(2);
      expect(stderr).toContain('bad.csv: Row 9: in16_test has to be a number');
    }));

  test('count no run of a failed self-test', async () => {
    const [first, ...others] = baseline as [TraceRun, ...TraceRun[]];
    const failed: TraceRun = {
      ...first,
      environment: { ...first.environment, selfTest: 'failed' },
    };
    await withRecordings([failed, ...others], async (folder) => {
      const { stdout } = await verdicts(['--recordings', folder]);
      expect(stdout).toMatch(/^baseline +too few seeds +2 /m);
      expect(stdout).toContain(`(${first.uid}): the numerics self-test failed where it was made.`);
    });
  });

  test('without a recording all claims want seeds', () =>
    withFolder(async (folder) => {
      const { status, stdout } = await verdicts(['--recordings', folder]);
      expect(status).toBe(0);
      expect(stdout).toContain('Scale: none.');
      expect(stdout).toMatch(/^baseline +too few seeds +0 +-/m);
    }));
});

describe('tables of the 1Shot1 spaces', () => {
  const spaces = [1, 2, 3] as const;
  let runs: TraceRun[];

  beforeAll(async () => {
    runs = await Promise.all(
      spaces.flatMap((number) =>
        [0, 1, 2].map((seed) =>
          syntheticRun({
            seed,
            epochs: 500,
            config: configFor({ arm: `one-shot-${number}`, scale: 'bench' }),
            uid: syntheticUid(100 * number + seed),
          }),
        ),
      ),
    );
  }, 120_000);

  /** Tables as they ship, of all cells that these runs derived. @param seeds of each, by space */
  const writeTables = async (folder: string, seeds: readonly number[]): Promise<void> => {
    mkdirSync(folder);
    for (const [at, count] of seeds.entries()) {
      const space = ONE_SHOT_KEYS[at]!;
      const { form } = oneShotSpaceByKey(space);
      const own = runs.filter(({ config }) => config.effective.space === space);
      const forms = new Set(own.flatMap(({ epochs }) => epochs.map(({ arch }) => form(arch))));
      const cells = [...forms].sort().map((arch, place) => ({
        arch,
        // Cells differ by points, seeds by hundredths.
        results: Array.from({ length: count }, (_, seed) => ({
          seed,
          accuracy: 0.3 + 0.01 * place + 0.0001 * seed,
          loss: 1.5,
        })),
      }));
      writeFileSync(
        path.join(folder, shippedTableName('bench', space)),
        gzipSync(await inventedScaledTable(space, cells)),
      );
    }
  };
  const judged = async (recordings: string, tables: string) => {
    const json = path.join(tables, '../verdicts.json');
    const told = await verdicts(['--recordings', recordings, '--tables', tables, '--json', json]);
    expect(told).toMatchObject({ status: 0, stderr: '' });
    const all = JSON.parse(readFileSync(json, 'utf8')) as Verdict[];
    const text = told.stdout.replaceAll(/\s+/g, ' ');
    return { text, verdict: all.find(({ id }) => id === 'OS.9')! };
  };

  test('judge OS.9 where all three do, and are asked for by name where one does not', () =>
    withRecordings(runs, async (folder) => {
      const full = path.join(folder, '../full');
      await writeTables(full, [2, 2, 2]);
      const { verdict, text } = await judged(folder, full);
      expect(verdict).toMatchObject({ n: 3, needs: [], reason: null });
      expect(['seen', 'not seen']).toContain(verdict.outcome);
      expect(verdict.table?.split('; ')).toEqual(
        spaces.map(
          (number) =>
            `NAS-Bench-1Shot1, space ${number}, trained here at scale bench, CIFAR-10 test, 12 epochs`,
        ),
      );
      expect(text).toContain('Accuracy table: NAS-Bench-1Shot1, space 1, trained here');

      const partial = path.join(folder, '../partial');
      await writeTables(partial, [2, 1]);
      const told = await judged(folder, partial);
      expect(told.verdict).toMatchObject({ outcome: 'not comparable', n: 3, table: null });
      expect(told.verdict.needs.map(({ space }) => space)).toEqual(ONE_SHOT_KEYS.slice(1));
      expect(told.text).toContain(
        'There is no accuracy table of NAS-Bench-1Shot1, space 3; the table “NAS-Bench-1Shot1, space 2, trained here at scale bench, CIFAR-10 test, 12 epochs” does not do, since how far two seeds of one cell differ is not known yet. What is missing is trained and written by npm run scaled-table -- --space nas-bench-1shot1-2,nas-bench-1shot1-3 --minutes M (docs/scaled-table.md).',
      );
    }));

  test('that are damaged end with status 1 and are named', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, shippedTableName('bench', 'nas-bench-1shot1-2'));
      writeFileSync(file, gzipSync('{}'));
      const { status, stdout, stderr } = await verdicts([
        '--recordings',
        path.join(folder, 'none'),
        '--tables',
        folder,
      ]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(`${file}: `);
    }));
});

describe('a bad recording ends with status 1 and is named', () => {
  /** Changes a recording or the index, and says what is told on standard error. */
  const told = async (change: (folder: string) => void): Promise<string> => {
    let text = '';
    await withRecordings([baseline[0]!, swapped[0]!], async (folder) => {
      change(folder);
      const { status, stdout, stderr } = await verdicts(['--recordings', folder]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      text = stderr.replaceAll(folder, '');
    });
    return text;
  };
  const file = (folder: string) => path.join(folder, 'baseline-bench.json.gz');
  const editIndex = (folder: string, edit: (entries: RecordingEntry[]) => unknown[]) => {
    const name = path.join(folder, 'index.json');
    const { recordings } = JSON.parse(readFileSync(name, 'utf8')) as {
      recordings: RecordingEntry[];
    };
    writeFileSync(name, JSON.stringify({ recordings: edit(recordings) }));
  };

  test('missing', async () => {
    expect(await told((folder) => rmSync(file(folder)))).toBe(
      '/baseline-bench.json.gz: is listed and missing\n',
    );
  });

  test('cut off', async () => {
    const text = await told((folder) =>
      writeFileSync(file(folder), readFileSync(file(folder)).subarray(0, 5000)),
    );
    expect(text).toMatch(
      /^\/baseline-bench\.json\.gz: is no valid trace: \$ is packed, and cut off/,
    );
  });

  test('with a number that was changed', async () => {
    const text = await told((folder) => {
      const trace = gunzipSync(readFileSync(file(folder))).toString();
      const changed = trace.replace(/"lossTrain":[\d.]+/, '"lossTrain":1.25');
      expect(changed).not.toBe(trace);
      writeFileSync(file(folder), gzipSync(changed));
    });
    expect(text).toBe(
      '/baseline-bench.json.gz: is no valid trace: $.runs[0].digest does not match the run: a number was changed after training\n',
    );
  });

  test('with runs that the index does not tell of', async () => {
    const text = await told((folder) =>
      editIndex(folder, ([first, ...others]) => [{ ...first!, seeds: [0, 1] }, ...others]),
    );
    expect(text).toBe('/baseline-bench.json.gz: index.json says seeds 0,1, its runs say 0\n');
  });

  test('of a kind that its runs are not', async () => {
    const text = await told((folder) =>
      editIndex(folder, (entries) => entries.map((entry) => ({ ...entry, kind: 'calibration' }))),
    );
    expect(text).toMatch(/says kind calibration, its runs say verdict\n.*says kind calibration/);
  });

  test('that is not listed', async () => {
    const text = await told((folder) => editIndex(folder, (entries) => entries.slice(1)));
    const lines = ['extract', 'json'].map(
      (kind) => `/baseline-bench.${kind}.gz: is not in index.json\n`,
    );
    expect(text).toBe(lines.join(''));
  });

  test('in an index that is none', async () => {
    const text = await told((folder) => writeFileSync(path.join(folder, 'index.json'), '{}'));
    expect(text).toBe('/index.json: $.recordings is missing\n');
  });
});

describe('wrong usage ends with status 2', () => {
  test.each([
    ['--table', ['--table', 'no-such.csv']],
    ['--table', ['--table', 'package.json']],
    ['--column', ['--column', 'cifar10_test']],
    ['--pages', ['--pages', '--table', 'x.csv']],
    ['--pages', ['--pages', '--recordings', 'x']],
    ['--pages', ['--pages', '--tables', 'x']],
    ['"x.json"', ['x.json']],
    ['--json', ['--json', '/nowhere/at/all.json']],
  ])('%s', async (named, flags) => {
    const { status, stderr } = await verdicts(flags);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
  });

  test('--json where a file cannot be written, although its folder is there', () =>
    withRecordings(tiny, async (folder) => {
      const { status, stderr } = await verdicts(['--recordings', folder, '--json', folder]);
      expect(status).toBe(2);
      expect(stderr).toContain(`--json: ${folder} cannot be written`);
    }));
});
