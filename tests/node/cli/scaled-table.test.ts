import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { configFor } from '../../../src/paper/experiment/config';
import { ONE_SHOT_1 } from '../../../src/paper/space/nas-bench-1shot1';
import { oneShotTableEntries } from '../../../src/paper/space/one-shot-table';
import { tableEntries } from '../../../src/paper/scaled-table';
import { readScaledTable } from '../../../src/trace/scaled-table';
import { record } from '../../../cli/lib/record';
import { withFolder } from '../tooling/project';
import { bundled } from './command';
import { syntheticRun } from '../../support/synthetic-run';
import { inventedRuns, writeRuns } from './traces';

let command: Awaited<ReturnType<typeof bundled>>;

beforeAll(async () => {
  command = await bundled('scaled-table');
}, 120_000);

const SMALL = [
  '--space',
  'nas-bench-201',
  '--scale',
  'c2-n1-r8-i16-b16',
  '--minutes',
  '5',
  '--workers',
  '1',
];

const read = (file: string) => readScaledTable(new Uint8Array(readFileSync(file)));

describe('the table of stand-alone accuracies', () => {
  test(
    'grows in its order, goes on where it was killed, and never trains a cell twice',
    () =>
      withFolder(async (folder) => {
        const file = path.join(folder, 'deep', 'table.json.gz');
        const none = path.join(folder, 'recordings');
        mkdirSync(none);
        const flags = [...SMALL, '--recordings', none, '--out', file];
        // Killed when the second line is there: its result is on the disk.
        let lines = 0;
        const cut = await command(flags, {
          line: (line, child) => {
            if (line.includes('seed 0:') && ++lines === 2) child.kill('SIGKILL');
          },
        });
        expect(cut.status).toBe(137);
        const before = await read(file);
        expect(before.cells.length).toBeGreaterThanOrEqual(2);

        const rest = await command([...flags, '--limit', '2']);
        expect(rest).toMatchObject({ status: 0, stderr: '' });
        const table = await read(file);
        expect(table.cells.slice(0, before.cells.length)).toEqual(before.cells);
        expect(table.cells).toHaveLength(before.cells.length + 2);
        const order = tableEntries([], [], 2).slice(0, table.cells.length);
        expect(table.cells.map(({ arch }) => arch)).toEqual(order.map(({ arch }) => arch));
        expect(table.createdAt).toBe(before.createdAt);
        expect(table.environment).toMatchObject({ backend: 'wasm', code: 'simd' });
        expect(table.config).toMatchObject({ epochs: 12, batch: 16, images: 32 });
        expect(rest.stdout).toMatch(/2 trainings, [\d.]+ s each/);
        // The ResNet-like cell comes before them.
        expect(rest.stdout).toContain('reference: 1 of 1');
        expect(rest.stdout).toContain(`figure 6(a): ${table.cells.length - 1} of `);

        const other = await command([...flags.with(3, 'c2-n1-r8-i16-b8')]);
        expect(other.status).toBe(2);
        expect(other.stderr).toMatch(/holds another table: batch is 16, wanted 8/);
        writeFileSync(file, 'nothing');
        const damaged = await command(flags);
        expect(damaged.status).toBe(2);
        expect(damaged.stderr).toMatch(/is no accuracy table/);
      }),
    120_000,
  );

  test('takes the cells of recorded runs first', () =>
    withFolder(async (folder) => {
      const recordings = path.join(folder, 'recordings');
      const traces = path.join(folder, 'traces');
      mkdirSync(traces);
      // Of another scale than the table.
      const runs = await inventedRuns([0], { scale: 'bench' });
      writeRuns(traces, runs);
      await record(traces, recordings, 'a machine', () => undefined);
      const file = path.join(folder, 'table.json.gz');
      const flags = [...SMALL, '--recordings', recordings, '--limit', '1', '--out', file];
      const { status, stdout } = await command(flags);
      expect(status).toBe(0);
      expect(stdout).toMatch(/nas-bench-201:\n {2}visited elsewhere: 1 of [1-9]/);
      const visited = runs.flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
      const [first] = tableEntries([], visited, 2);
      expect(first!.part).toBe('visited elsewhere');
      expect((await read(file)).cells.map(({ arch }) => arch)).toEqual([first!.arch]);
    }));

  test('trains the cells of a 1Shot1 space, visited ones first, and reports on them', () =>
    withFolder(async (folder) => {
      const recordings = path.join(folder, 'recordings');
      const traces = path.join(folder, 'traces');
      mkdirSync(traces);
      const config = configFor({ arm: 'one-shot-1', scale: 'bench' });
      const { epochs } = config.effective;
      const runs = [await syntheticRun({ seed: 0, epochs, config })];
      writeRuns(traces, runs);
      await record(traces, recordings, 'a machine', () => undefined);
      const archs = runs.flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
      const visited = oneShotTableEntries(ONE_SHOT_1, [], archs, 2);
      const file = path.join(folder, 'table.json');
      const flags = ['--space', ONE_SHOT_1.key, '--scale', 'c4-n1-r8-i16-b16', '--minutes', '5'];
      const all = [...flags, '--workers', '1', '--recordings', recordings, '--out', file];
      const made = await command([...all, '--limit', '2']);
      expect(made).toMatchObject({ status: 0, stderr: '' });
      const first = visited.filter(({ part }) => part === 'visited elsewhere').slice(0, 2);
      const table = await read(file);
      expect(table.cells.map(({ arch }) => arch)).toEqual(first.map(({ arch }) => arch));
      expect(table).toMatchObject({ space: ONE_SHOT_1.key, config: { space: ONE_SHOT_1.key } });
      const told = await command(['--report', '--out', file]);
      expect(told.stdout).toMatch(
        /NAS-Bench-1Shot1, space 1, trained here.*: 2 cells \(2 with 1 seed\)/,
      );
      expect(told.stdout).toMatch(/standard deviation between seeds not measured yet/);
    }));

  test.each([
    ['--minutes', []],
    ['--minutes', ['--minutes', '0']],
    ['--scale', ['--minutes', '1', '--scale', 'huge']],
    // Two blocks have to share the channels.
    ['--scale', ['--minutes', '1', '--scale', 'c5-n1-r8-i16-b16', '--space', 'nas-bench-1shot1-2']],
    ['--space', ['--minutes', '1', '--space', 'nas-bench-1shot1-4']],
    ['--out', ['--minutes', '1', '--out', 'x.json.gz']],
    ['--schedule', ['--minutes', '1', '--schedule', 'long']],
    ['--workers', ['--minutes', '1', '--workers', '1000']],
  ])('names %s when it is wrong', async (flag, flags) => {
    const { status, stderr } = await command(flags);
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^${flag}`));
    expect(existsSync('public/tables/scaled-huge.json.gz')).toBe(false);
  });
});
