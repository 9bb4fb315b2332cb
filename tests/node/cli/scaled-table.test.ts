import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tableEntries } from '../../../src/paper/scaled-table';
import { formatGenotype } from '../../../src/paper/genotype';
import { readScaledTable } from '../../../src/trace/scaled-table';
import { withFolder } from '../tooling/project';
import { bundled } from './command';

let command: Awaited<ReturnType<typeof bundled>>;

beforeAll(async () => {
  command = await bundled('scaled-table');
}, 120_000);

const SMALL = ['--scale', 'c2-n1-r8-i16-b16', '--minutes', '5', '--workers', '1'];

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
        expect(table.cells.map(({ arch }) => arch)).toEqual(
          order.map(({ genotype }) => formatGenotype(genotype)),
        );
        expect(table.createdAt).toBe(before.createdAt);
        expect(table.environment).toMatchObject({ backend: 'wasm', code: 'simd' });
        expect(table.config).toMatchObject({ epochs: 12, batch: 16, images: 32 });
        expect(rest.stdout).toMatch(/2 trainings, [\d.]+ s each/);
        expect(rest.stdout).toContain(`figure 6(a): ${table.cells.length} of `);

        const other = await command([...flags.with(1, 'c2-n1-r8-i16-b8')]);
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
      const file = path.join(folder, 'table.json.gz');
      const { status, stdout } = await command([...SMALL, '--limit', '1', '--out', file]);
      expect(status).toBe(0);
      // The recordings that ship with the page are of other scales than this one.
      expect(stdout).toMatch(/visited: 0 of 0\n {2}visited elsewhere: 1 of [1-9]/);
    }));

  test.each([
    ['--minutes', []],
    ['--minutes', ['--minutes', '0']],
    ['--scale', ['--minutes', '1', '--scale', 'huge']],
    ['--schedule', ['--minutes', '1', '--schedule', 'long']],
    ['--workers', ['--minutes', '1', '--workers', '1000']],
  ])('names %s when it is wrong', async (flag, flags) => {
    const { status, stderr } = await command(flags);
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^${flag}`));
    expect(existsSync('public/tables/scaled-huge.json.gz')).toBe(false);
  });
});
