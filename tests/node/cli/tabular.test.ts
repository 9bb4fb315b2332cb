import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inventedCsv } from '../../support/invented-table';
import { bundled } from './command';

let tabular: Awaited<ReturnType<typeof bundled>>;
let folder: string;
let table: string;
beforeAll(async () => {
  tabular = await bundled('tabular');
  folder = await mkdtemp(path.join(tmpdir(), 'tabular-'));
  table = path.join(folder, 'invented.csv');
  await writeFile(table, inventedCsv());
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test('searches a table, tells of every searcher and writes the same to a file', async () => {
  const json = path.join(folder, 'results.json');
  const argv = ['--table', table, '--repeats', '6', '--budget', '30', '--json', json];
  const { status, stdout } = await tabular(argv);
  expect(status).toBe(0);
  expect(stdout).toContain('searched by CIFAR-10 validation, 30 evaluations a search, n = 6');
  for (const title of ['REA', 'RS', 'REINFORCE', 'BOHB']) {
    expect(stdout).toMatch(new RegExp(`^${title} +\\d+\\.\\d\\d ± `, 'm'));
  }
  expect(stdout).toContain('93.92 ± 0.30');
  const told = JSON.parse(await readFile(json, 'utf8')) as {
    results: { searcher: string; accuracies: Record<string, { n: number }> }[];
  };
  expect(told.results.map(({ searcher }) => searcher)).toEqual(['rea', 'rs', 'reinforce', 'bohb']);
  expect(told.results[0]!.accuracies.cifar10_test!.n).toBe(6);
  const again = await tabular(argv);
  expect(again.stdout).toBe(stdout);
});

test('says what is wrong with the order or the table', async () => {
  const refused = async (...argv: string[]) => {
    const { status, stderr } = await tabular(argv);
    expect(status).toBe(2);
    return stderr;
  };
  expect(await refused()).toContain('--table is missing');
  expect(await refused('--table', table, '--repeats', '0')).toContain('--repeats');
  const other = path.join(folder, 'tests.csv');
  await writeFile(other, inventedCsv(['cifar10_test', 'cifar100_test']));
  expect(await refused('--table', other)).toContain('no column of CIFAR-10 validation');
});
