import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { collect, contents, writeMerged } from '../../../cli/lib/merge';
import { configDigest, runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { withFolder } from '../tooling/project';
import { bundled } from './command';
import { inventedRuns, writeRuns } from './traces';

const baseline = await inventedRuns([0, 1, 2], {});
const swapped = await inventedRuns([0, 1], { swap: true }, 1);

/** The run with other numbers, a uid of its own, and digests that fit. */
async function altered(run: TraceRun, change: Partial<TraceRun>): Promise<TraceRun> {
  const next = { ...run, ...change };
  return { ...next, configDigest: await configDigest(next), digest: await runDigest(next) };
}

describe('a folder that is fit', () => {
  test('becomes one trace of all its runs, whatever they lie in', () =>
    withFolder(async (folder) => {
      writeRuns(folder, baseline);
      mkdirSync(path.join(folder, 'other-machine'));
      const packed = gzipSync(writeTrace(swapped));
      writeFileSync(path.join(folder, 'other-machine/all.json.gz'), packed);
      const { runs, problems, notes } = await collect(folder);
      expect({ problems, notes }).toEqual({ problems: [], notes: [] });
      expect(writeTrace(runs)).toBe(writeTrace([...baseline, ...swapped]));
      expect(contents(runs)).toEqual([
        'baseline: scale tiny, seeds 0-2',
        'swapped rates: scale tiny, seeds 0-1',
      ]);
      await writeMerged(path.join(folder, 'x.gz'), runs);
      expect(gunzipSync(readFileSync(path.join(folder, 'x.gz'))).toString()).toBe(writeTrace(runs));
      await writeMerged(path.join(folder, 'x.txt'), runs);
      expect(readFileSync(path.join(folder, 'x.txt'), 'utf8')).toBe(writeTrace(runs));
    }));

  test('takes a run once that is there twice, copied or trained again', () =>
    withFolder(async (folder) => {
      writeRuns(folder, baseline);
      mkdirSync(path.join(folder, 'z'));
      const again = { ...baseline[1]!, uid: syntheticUid(99) };
      writeRuns(path.join(folder, 'z'), [baseline[0]!, again]);
      const { runs, problems, notes } = await collect(folder);
      expect(problems).toEqual([]);
      expect(runs.map(({ uid }) => uid)).toEqual(baseline.map(({ uid }) => uid));
      expect(notes).toEqual(
        [baseline[0]!, again].map(({ uid, seed }) => {
          const first = `${baseline[seed]!.uid}.json`;
          return `z/${uid}.json: baseline, seed ${seed} is in ${first}, too, with the same numbers`;
        }),
      );
    }));
});

describe('what does not fit is named', () => {
  async function problemsOf(files: Readonly<Record<string, string | Uint8Array>>) {
    return withFolder(async (folder) => {
      writeRuns(folder, baseline);
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(path.join(folder, name), content);
      }
      return (await collect(folder)).problems;
    });
  }
  const text = writeTrace([swapped[0]!]);

  test.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    ['a changed number', { 'x.json': text.replace('"lossTrain":', '"lossTrain":1') }, /digest/],
    [
      'a file cut off',
      { 'x.json': text.slice(0, 900) },
      /x\.json: is no valid trace: \$ is not JSON/,
    ],
    ['a packed file cut off', { 'x.json.gz': gzipSync(text).subarray(0, 900) }, /cut off/],
    ['an empty file', { 'x.json': '' }, /x\.json: is no valid trace/],
    ['a file of something else', { 'x.json': '{"scale":"tiny"}' }, /no Alphascope trace/],
    ['a checkpoint', { 'x.checkpoint': '' }, /x\.checkpoint: its run is not finished.*--resume/],
  ])('%s', async (_, files, message) => {
    const problems = await problemsOf(files);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test('a run that is not finished', async () => {
    const run = await syntheticRun({ seed: 5, epochs: 3, settings: { epochs: 50 } });
    expect(await problemsOf({ 'x.json': writeTrace([run]) })).toEqual([
      'x.json: baseline, seed 5 is not finished (stopped)',
    ]);
  });

  test('a seed with other numbers', async () => {
    const epochs = baseline[1]!.epochs.map((record) => ({ ...record, lossTrain: 1 }));
    const other = await altered(baseline[1]!, { epochs, uid: syntheticUid(99) });
    const [problem] = await problemsOf({ 'x.json': writeTrace([other]) });
    expect(problem).toMatch(
      /^x\.json: baseline, seed 1 is in 0.*1\.json, too, with other numbers$/,
    );
  });

  test('a run on other images, of the same scale only', async () => {
    const data = { ...baseline[0]!.data, digest: 'e'.repeat(64) };
    const here = await altered(swapped[0]!, { data });
    const small = await syntheticRun({
      seed: 9,
      epochs: 2,
      settings: { scale: 'small', epochs: 2 },
    });
    const there = await altered(small, { data: { ...small.data, digest: 'f'.repeat(64) } });
    expect(
      await problemsOf({ 'x.json': writeTrace([here]), 'y.json': writeTrace([there]) }),
    ).toEqual([
      'x.json: swapped rates, seed 0 was trained on other images than the rest of its scale',
    ]);
  });
});

describe('the command', () => {
  test(
    'writes beside the folder, or only checks; says what is wrong and how it ended',
    () =>
      withFolder(async (folder) => {
        const merge = await bundled('merge');
        const traces = path.join(folder, 'traces');
        mkdirSync(traces);
        expect(await merge([])).toMatchObject({ status: 2 });
        expect((await merge([path.join(folder, 'nowhere')])).stderr).toMatch(
          /^DIR: .*cannot be read/,
        );
        expect((await merge([traces])).stderr).toMatch(/^DIR: there is no trace/);
        const inside = await merge([traces, '--out', path.join(traces, 'all.json')]);
        expect(inside).toMatchObject({ status: 2 });
        expect(inside.stderr).toMatch(/^--out: /);

        writeRuns(traces, baseline);
        expect(await merge([traces, '--check'])).toMatchObject({
          status: 0,
          stdout: 'baseline: scale tiny, seeds 0-2\n',
        });
        expect(existsSync(`${traces}.json.gz`)).toBe(false);
        const done = await merge([traces]);
        expect(done).toMatchObject({ status: 0, stderr: '' });
        expect(done.stdout).toContain(`${traces}.json.gz: 3 runs`);

        writeFileSync(path.join(traces, 'x.json'), '{}');
        const before = readFileSync(`${traces}.json.gz`);
        const refused = await merge([traces]);
        expect(refused.status).toBe(1);
        expect(refused.stderr).toMatch(/^x\.json: is no valid trace/);
        expect(readFileSync(`${traces}.json.gz`)).toEqual(before);
      }),
    60_000,
  );
});
