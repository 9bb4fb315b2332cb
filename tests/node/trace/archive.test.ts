import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { partDigest, readImport, type Archive } from '../../../src/trace/archive';
import { ArchiveDocumentSchema } from '../../../src/trace/archive-schema';
import { writeArchive } from '../../../src/trace/archive-write';
import { tableDigest } from '../../../src/trace/digest';
import { PLAIN_COLUMN, type TableContent } from '../../../src/paper/table/table';
import { canonicalJson } from '../../../src/trace/canonical';
import { readTrace } from '../../../src/trace/read';
import { tensorText, textTensor } from '../../../src/trace/tensor-text';
import { without } from '../../../src/trace/without';
import { writeTrace } from '../../../src/trace/write';
import { inventedArchive, inventedCheckpoint } from '../../support/invented-archive';
import { syntheticRun } from '../../support/synthetic-run';

/* The export of everything; fuzz.test.ts has its mutations. */

let archive: Archive;
let text: string;

/** Parts of the document, to be spoiled. */
type Part = Record<string, unknown> & { tensors: Record<string, string> };
type Parts = Record<keyof Archive, Part[]>;

beforeAll(async () => {
  archive = await inventedArchive();
  text = await (await writeArchive(archive)).blob.text();
});

/** Reads the archive after a change, with the digests of the new kinds of parts made anew. */
async function spoiled(change: (parts: Parts) => void) {
  const parts = JSON.parse(text) as Parts;
  change(parts);
  for (const key of ['checkpoints', 'cells', 'cellCheckpoints', 'tables'] as const) {
    for (const part of parts[key]) part.digest = await partDigest(without(part, 'digest'));
  }
  return readImport(new Blob([JSON.stringify(parts)]));
}

describe('an archive', () => {
  test('gives back all that went in, plain or packed, and the same bytes again', async () => {
    for (const file of [text, gzipSync(text)]) {
      const read = await readImport(new Blob([file]));
      expect(read.refusals).toEqual([]);
      expect(read.archive).toEqual(archive);
      expect(await (await writeArchive(read.archive)).blob.text()).toBe(text);
    }
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    // What is published as JSON Schema.
    expect(v.is(ArchiveDocumentSchema, JSON.parse(text))).toBe(true);
  });

  test('holds tables of other spaces, and refuses what does not fit them', async () => {
    const form = '|maxpool3x3~0|+|maxpool3x3~0~1|+|conv3x3-bn-relu~0~2|+|loose|+|output~0~3|';
    const content: TableContent = {
      name: 'invented',
      cells: 1,
      folding: null,
      oneShot: { space: 'nas-bench-1shot1-1', forms: [form] },
      trained: { seeds: 1, noise: null },
      columns: [PLAIN_COLUMN],
      values: [Float64Array.of(41)],
    };
    const addedAt = '2026-01-02T12:00:00.000Z';
    const table = { ...content, id: await tableDigest(content), source: 'own.json', addedAt };
    const own = await (await writeArchive({ ...archive, tables: [table] })).blob.text();
    expect((await readImport(new Blob([own]))).archive.tables).toEqual([table]);
    const wrongs: [Partial<TableContent>, string][] = [
      [{ oneShot: { space: 'nas-bench-1shot1-3', forms: [form] } }, '$.tables[0].oneShot.forms[0]'],
      [{ values: [Float64Array.of(41, 42)] }, '$.tables[0].values[0] must have a length of 1'],
      [{ cells: 2 }, '$.tables[0].cells must be at most 1'],
    ];
    for (const [change, reason] of wrongs) {
      const wrong = { ...archive, tables: [{ ...table, ...change }] };
      const { refusals } = await readImport((await writeArchive(wrong)).blob);
      expect(refusals.map(({ message }) => message).join()).toContain(reason);
    }
  });

  test('of the first version opens still', async () => {
    const fixture = new URL('../../fixtures/archive/version-1.json', import.meta.url);
    const read = await readImport(new Blob([readFileSync(fixture)]));
    expect(read.refusals).toEqual([]);
    const { runs, checkpoints, cells, cellCheckpoints } = read.archive;
    expect([runs, checkpoints, cells, cellCheckpoints].map(({ length }) => length)).toEqual([
      2, 1, 1, 1,
    ]);
  });

  test('is a trace for who asks for its runs alone', async () => {
    expect((await readTrace(text)).runs).toEqual(archive.runs);
    await expect(readTrace(text.replace('"lossTrain":2', '"lossTrain":3'))).rejects.toThrow(
      /^\$\.runs\[\d\]\.digest/,
    );
  });

  test('leaves out the oldest checkpoints when there is no room for all', async () => {
    const cut = await Promise.all(
      [5, 6].map((seed) =>
        syntheticRun({ seed, epochs: 1, settings: { epochs: 4 }, state: 'paused' }),
      ),
    );
    const checkpoints = cut.map((run) => inventedCheckpoint(run));
    const all = { ...archive, runs: cut, checkpoints, cells: [], cellCheckpoints: [], tables: [] };
    const { size } = (await writeArchive(all)).blob;
    const { blob, leftOut } = await writeArchive(all, size);
    expect(leftOut).toBe(1);
    expect((await readImport(blob)).archive.checkpoints.map(({ uid }) => uid)).toEqual([
      cut[1]!.uid,
    ]);
    await expect(writeArchive(all, 2000)).rejects.toThrow(/at most 2000 can be read again/);
  });

  test('without its newest parts is what a trace holds: the whole of it or nothing', async () => {
    const read = await readImport(new Blob([writeTrace(archive.runs)]));
    expect(read.archive.runs).toEqual(archive.runs);
    const bad = writeTrace(archive.runs).replace('"seed":1,', '"seed":9,');
    await expect(readImport(new Blob([bad]))).rejects.toThrow(/^\$\.runs\[\d\]\.digest/);
  });
});

describe('a bad part is left out with its place and the reason, and the others are read', () => {
  test.each<[string, (parts: Parts) => void, keyof Archive, string]>([
    ['a run', ({ runs }) => (runs[0]!.seed = 9), 'runs', '$.runs[0].digest'],
    [
      'a checkpoint of a run that is not there',
      ({ checkpoints }) => (checkpoints[0]!.uid = '00000000-0000-4000-8000-000000000099'),
      'checkpoints',
      '$.checkpoints[0].uid',
    ],
    [
      'a checkpoint ahead of its run',
      ({ checkpoints }) => (checkpoints[0]!.epoch = 3),
      'checkpoints',
      '$.checkpoints[0].epoch',
    ],
    [
      'a checkpoint with a NaN',
      ({ checkpoints }) =>
        (checkpoints[0]!.tensors.alpha = tensorText(new Float32Array(30).fill(NaN))),
      'checkpoints',
      '$.checkpoints[0].tensors.alpha',
    ],
    [
      'a checkpoint of another alpha',
      ({ checkpoints }) => (checkpoints[0]!.tensors.first = tensorText(new Float32Array(29))),
      'checkpoints',
      '$.checkpoints[0].tensors.first',
    ],
    [
      'a checkpoint that is no base64',
      ({ checkpoints }) => (checkpoints[0]!.tensors.weights = 'AAAA\n'),
      'checkpoints',
      '$.checkpoints[0].tensors.weights',
    ],
    [
      'a checkpoint with half a number',
      ({ checkpoints }) => (checkpoints[0]!.tensors.weights = 'AAAA'),
      'checkpoints',
      '$.checkpoints[0].tensors.weights',
    ],
    ['a key that nobody knows', ({ cells }) => (cells[0]!.note = 1), 'cells', '$.cells[0].note'],
    [
      'a result with an epoch twice',
      ({ cells }) => ((cells[0]!.epochs as { epoch: number }[])[1]!.epoch = 1),
      'cells',
      '$.cells[0].epochs[1].epoch',
    ],
    [
      'a begun cell that is no cell',
      ({ cellCheckpoints }) => (cellCheckpoints[0]!.arch = '|nothing~0|'),
      'cellCheckpoints',
      '$.cellCheckpoints[0].arch',
    ],
    [
      'a begun cell with less momentum than weights',
      ({ cellCheckpoints }) => (cellCheckpoints[0]!.tensors.momentum = ''),
      'cellCheckpoints',
      '$.cellCheckpoints[0].tensors.momentum',
    ],
    [
      'a table with another number',
      ({ tables }) => ((tables[0]!.values as number[][])[0]![0] = 91),
      'tables',
      '$.tables[0].id',
    ],
    [
      'a table with more than all',
      ({ tables }) => ((tables[0]!.values as number[][])[0]![0] = 101),
      'tables',
      '$.tables[0].values[0][0]',
    ],
    [
      'a table with a column twice',
      ({ tables }) => (tables[0]!.columns = ['cifar10_test', 'cifar10_test']),
      'tables',
      '$.tables[0].columns',
    ],
  ])('%s', async (_, change, key, place) => {
    const { archive: read, refusals } = await spoiled(change);
    expect(refusals.map(({ path }) => path)).toContain(place);
    for (const other of Object.keys(archive) as (keyof Archive)[]) {
      expect(read[other].length, other).toBe(archive[other].length - (other === key ? 1 : 0));
    }
  });

  test('a run twice', async () => {
    const { archive: read, refusals } = await spoiled(({ runs }) => runs.push(runs[0]!));
    expect(refusals.map(({ path }) => path)).toEqual(['$.runs[2].uid']);
    expect(read).toEqual(archive);
  });

  test('a number changed by hand is caught by the digest of its part', async () => {
    const changed = text.replace('"testAccuracy":0.4', '"testAccuracy":0.5');
    expect(changed).not.toBe(text);
    const { refusals } = await readImport(new Blob([changed]));
    expect(refusals.map(({ path }) => path)).toEqual(['$.cells[0].digest']);
  });

  test('but a part that is missing as a kind is no archive', async () => {
    const rest = without(JSON.parse(text) as Parts, 'tables');
    await expect(readImport(new Blob([JSON.stringify(rest)]))).rejects.toThrow(
      '$.tables is missing',
    );
  });
});

test('a tensor as text is the same to the bit', () => {
  const floats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 200 });
  fc.assert(
    fc.property(floats, (values) => {
      const again = textTensor(tensorText(values), []);
      expect(new Uint8Array(again.buffer)).toEqual(new Uint8Array(values.slice().buffer));
    }),
  );
  // Little-endian, whatever the machine.
  expect(tensorText(new Float32Array([1]))).toBe('AACAPw==');
});
