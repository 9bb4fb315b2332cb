import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { DataError } from '../../../src/data/error';
import { filesOfTarGz } from '../../../src/data/tar';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import { formatGenotype, deriveGenotype } from '../../../src/paper/genotype';
import { TableReader } from '../../../src/paper/table/read';
import { TableError, type TableContent } from '../../../src/paper/table/table';
import { validateSettings } from '../../../src/paper/validate';
import { readImport, type Archive } from '../../../src/trace/archive';
import { writeArchive } from '../../../src/trace/archive-write';
import { canonicalJson } from '../../../src/trace/canonical';
import { computedPart, configDigest, runDigest } from '../../../src/trace/digest';
import { TraceError } from '../../../src/trace/error';
import { readFigure, withFigureData } from '../../../src/trace/figure';
import { readRunFile } from '../../../src/trace/run-file';
import { readTrace } from '../../../src/trace/read';
import { readIndex } from '../../../src/trace/recordings';
import { readScaledTable, tableDigest, type ScaledTable } from '../../../src/trace/scaled-table';
import { standAloneDigest } from '../../../src/trace/stand-alone';
import type { TraceRun } from '../../../src/trace/types';
import { readTraceFile } from '../../../src/trace/unpack';
import { writeTrace } from '../../../src/trace/write';
import { parseLink } from '../../../src/view/link';
import { inventedArchive } from '../../support/invented-archive';
import { recordingEntry } from '../../support/recording-entry';
import { syntheticRun } from '../../support/synthetic-run';
import { mutatedBytes, mutatedJson, mutatedText } from './mutation';

/*
 * Every door for a stranger's file: whatever comes in is read, or refused by an error of ours that
 * says where and why. What is read obeys the laws. 28,900 cases.
 */

const run = await syntheticRun({
  seed: 3,
  epochs: 2,
  settings: { scale: 'c4-n1-r8-i100', warmup: 1 },
});
const good = writeTrace([run]);
const archive = await inventedArchive();
/** What the runs of these files computed. */
const computed = [run, ...archive.runs].map((one) => canonicalJson(computedPart(one)));

/** The outcome of a reader that may only fail by this error. */
async function outcomeOf<Result>(
  read: () => Promise<Result> | Result,
  refusal: abstract new (...given: never[]) => Error,
): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
    expect(error.message.length).toBeGreaterThan(5);
    if (error instanceof TraceError) expect(error.path).toMatch(/^\$/);
    return null;
  }
}

/** Numbers of cases in which something was read after all, so that a test is not all refusals. */
const accepted: Record<string, number> = {};
const accept = (door: string) => (accepted[door] = (accepted[door] ?? 0) + 1);

/** Without a new digest, nothing that was computed can have changed. */
function expectUnchanged(runs: readonly TraceRun[]): void {
  for (const one of runs) expect(computed).toContain(canonicalJson(computedPart(one)));
}

describe('a trace', () => {
  test('with its text edited', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedText(good), async (text) => {
        const read = await outcomeOf(() => readTrace(text), TraceError);
        if (read === null) return;
        accept('text');
        expectUnchanged(read.runs);
      }),
      { numRuns: 7000 },
    );
  });

  test('with a value, key or item changed', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedJson(good), async (document) => {
        const read = await outcomeOf(() => readTrace(JSON.stringify(document)), TraceError);
        if (read === null) return;
        accept('json');
        expectUnchanged(read.runs);
        // What is accepted can be written, and is the same when read again.
        const again = await readTrace(writeTrace(read.runs));
        expect(again.runs).toEqual(read.runs);
      }),
      { numRuns: 3000 },
    );
  });

  test('changed and digested anew obeys the laws all the same', async () => {
    const door = mutatedJson(good).map(async (document) => {
      try {
        const { runs } = document as { runs: TraceRun[] };
        for (const one of runs) {
          Object.assign(one, {
            configDigest: await configDigest(one),
            digest: await runDigest(one),
          });
        }
      } catch {
        // So far from a trace that there is nothing to digest.
      }
      return JSON.stringify(document);
    });
    await fc.assert(
      fc.asyncProperty(door, async (made) => {
        const text = await made;
        const read = await outcomeOf(() => readTrace(text), TraceError);
        if (read === null) return;
        accept('resealed');
        expect(new Set(read.runs.map(({ uid }) => uid)).size).toBe(read.runs.length);
        for (const { config, epochs } of read.runs) {
          const { ops } = config.effective;
          epochs.forEach(({ epoch, alpha, arch, accTrain, lossTrain }, at) => {
            expect(epoch).toBe(at + 1);
            expect(alpha.flat().every(Number.isFinite)).toBe(true);
            expect(alpha.every(({ length }) => length === ops.length)).toBe(true);
            expect(arch).toBe(formatGenotype(deriveGenotype(alpha, ops)));
            expect(accTrain >= 0 && accTrain <= 1 && lossTrain >= 0).toBe(true);
          });
        }
      }),
      { numRuns: 2500 },
    );
  });

  test('packed, with bytes changed', async () => {
    const packed = new Uint8Array(gzipSync(good));
    // Hardly a byte of it may change without harm.
    expectUnchanged((await readTraceFile(packed)).runs);
    await fc.assert(
      fc.asyncProperty(mutatedBytes(packed), async (bytes) => {
        const read = await outcomeOf(() => readTraceFile(bytes), TraceError);
        if (read !== null) expectUnchanged(read.runs);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an archive', () => {
  const { tables, ...rest } = archive;

  /** The parts as their digests have them: nothing that is read may be another. */
  const partsOf = (all: Archive) =>
    Object.values(all)
      .flat()
      .map((part: object) => canonicalJson(JSON.parse(JSON.stringify(part))));
  const parts = new Set(partsOf(archive));

  async function read(file: Blob, door: string): Promise<void> {
    const got = await outcomeOf(() => readImport(file), TraceError);
    if (got === null) return;
    accept(door);
    for (const { path, message } of got.refusals) {
      expect(path).toMatch(/^\$\.\w+\[\d+\]/);
      expect(message.length).toBeGreaterThan(5);
    }
    const { runs, ...others } = got.archive;
    expectUnchanged(runs);
    for (const part of partsOf({ runs: [], ...others })) expect(parts).toContain(part);
  }

  test('with its text edited', async () => {
    const text = await (await writeArchive({ ...rest, tables: [] })).blob.text();
    await fc.assert(
      fc.asyncProperty(mutatedText(text), (edited) => read(new Blob([edited]), 'archive text')),
      { numRuns: 1200 },
    );
  });

  test('with a value, key or item changed', async () => {
    const text = await (await writeArchive({ ...rest, tables: [] })).blob.text();
    await fc.assert(
      fc.asyncProperty(mutatedJson(text), (document) =>
        read(new Blob([JSON.stringify(document)]), 'archive json'),
      ),
      { numRuns: 600 },
    );
  });

  test('with a table in it, edited', async () => {
    const text = await (
      await writeArchive({ runs: [], checkpoints: [], cells: [], cellCheckpoints: [], tables })
    ).blob.text();
    // Most of it is packed numbers: hardly a letter may change without harm.
    await read(new Blob([text]), 'archive table');
    await fc.assert(
      fc.asyncProperty(mutatedText(text), (edited) => read(new Blob([edited]), 'archive table')),
      { numRuns: 200 },
    );
  });

  test('packed, with bytes changed', async () => {
    const bytes = new Uint8Array(await (await writeArchive(archive)).blob.arrayBuffer());
    await fc.assert(
      fc.asyncProperty(mutatedBytes(new Uint8Array(gzipSync(bytes))), (changed) =>
        read(new Blob([changed]), 'archive packed'),
      ),
      { numRuns: 400 },
    );
  });
});

describe('a figure that carries its runs', () => {
  const picture = '<svg xmlns="http://www.w3.org/2000/svg"><g a="b"><path d="M0 0"/></g></svg>';
  const view = {
    place: 'playground',
    shown: run.uid,
    compared: null,
    focus: null,
    epoch: 1,
  } as const;

  test('with its text edited', async () => {
    const figure = await withFigureData(picture, [run], view);
    expectUnchanged((await readFigure(figure)).runs);
    await fc.assert(
      fc.asyncProperty(mutatedText(figure), async (text) => {
        const read = await outcomeOf(() => readRunFile(new Blob([text])), TraceError);
        if (read === null) return;
        accept('figure');
        expectUnchanged(read.runs);
      }),
      { numRuns: 2000 },
    );
  });

  test('with a value, key or item of its data changed', async () => {
    const data = {
      format: 'alphascope-figure',
      version: 1,
      view,
      trace: JSON.parse(good) as object,
    };
    await fc.assert(
      fc.asyncProperty(mutatedJson(JSON.stringify(data)), async (document) => {
        const packed = gzipSync(JSON.stringify(document)).toString('base64');
        const figure = `<svg><metadata id="alphascope-figure">${packed}</metadata></svg>`;
        const read = await outcomeOf(() => readFigure(figure), TraceError);
        if (read === null) return;
        accept('figure data');
        expectUnchanged(read.runs);
        const { view: seen, runs } = read;
        if (seen.place === 'playground') {
          expect(runs.map(({ uid }) => uid)).toContain(seen.shown);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a table of accuracies', () => {
  const cells = ['nor_conv_3x3', 'skip_connect', 'none'].map(
    (op, at) => `|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|,9${at}.5,4${at}.25`,
  );
  const csv = ['# name: a few', '# cells: 3', 'arch,cifar10_test,cifar100_test', ...cells, ''].join(
    '\n',
  );

  function read(text: string): TableContent {
    const reader = new TableReader('a few.csv');
    reader.push(text);
    return reader.end();
  }

  test('as CSV, edited', async () => {
    expect(read(csv).cells).toBe(3);
    await fc.assert(
      fc.asyncProperty(mutatedText(csv), async (text) => {
        const table = await outcomeOf(() => read(text), TableError);
        if (table === null) return;
        accept('csv');
        for (const column of table.values) {
          expect(column).toHaveLength(15_625);
          expect(column.every((value) => Number.isNaN(value) || (value >= 0 && value <= 100))).toBe(
            true,
          );
        }
        expect(table.name).not.toMatch(/\p{C}/u);
      }),
      { numRuns: 2000 },
    );
  });

  test('of our own as JSON, changed', async () => {
    const config = resolveStandAlone('short', { ...run.config.effective.scale, name: 'tiny' });
    const { data } = run;
    const arch = cells[0]!.split(',')[0]!;
    const entries = [{ arch, results: [{ seed: 0, accuracy: 0.5, loss: 1.5 }] }];
    const table: ScaledTable = {
      format: 'alphascope-accuracy-table',
      version: 1,
      space: 'nas-bench-201',
      folding: 'skip-and-none',
      config,
      configDigest: await standAloneDigest(config, data),
      data,
      environment: { backend: 'wasm', adapter: 'SIMD' },
      builds: ['test'],
      command: 'none',
      machine: 'none',
      createdAt: run.createdAt,
      updatedAt: run.createdAt,
      cells: entries,
      digest: await tableDigest({ config, data, cells: entries }),
    };
    const text = canonicalJson(table);
    const open = (content: string) => readScaledTable(new TextEncoder().encode(content));
    expect(await open(text)).toEqual(table);
    await fc.assert(
      fc.asyncProperty(mutatedJson(text), async (document) => {
        const got = await outcomeOf(() => open(JSON.stringify(document)), TraceError);
        if (got === null) return;
        accept('scaled');
        expect(canonicalJson([got.config, got.data, got.cells])).toBe(
          canonicalJson([config, data, entries]),
        );
      }),
      { numRuns: 1500 },
    );
  });
});

test('the list of recordings, changed', async () => {
  const text = JSON.stringify({ recordings: [recordingEntry({})] });
  await fc.assert(
    fc.asyncProperty(mutatedJson(text), async (document) => {
      const entries = await outcomeOf(() => readIndex(document), TraceError);
      for (const { file } of entries ?? []) expect(file).toMatch(/^[a-z0-9][a-z0-9.-]*\.json\.gz$/);
      if (entries !== null) accept('index');
    }),
    { numRuns: 1000 },
  );
});

test('a link: its hash never throws, and what it sets is valid', () => {
  const link =
    '#/cell?scale=tiny&epochs=50&seeds=0-4&swap=1&warmup=3&l2=0.01&ops=skip,3x3&backend=wasm';
  fc.assert(
    fc.property(mutatedText(link), (hash) => {
      const { settings, problems, seeds = [] } = parseLink(hash);
      const numbers = seeds === 'own' ? [] : seeds;
      if (problems.length === 0) accept('link');
      expect(validateSettings(settings).problems).toEqual([]);
      expect(numbers.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
      expect(problems.every((problem) => problem.length < 2500)).toBe(true);
    }),
    { numRuns: 2500 },
  );
});

test('images: an archive with bytes changed is unpacked within its limit, or refused', async () => {
  const header = Buffer.alloc(512);
  header.write('cifar-10-batches-bin/data_batch_1.bin', 0);
  header.write('00000001000\0', 124);
  header.write('ustar', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
  const tar = Buffer.concat([header, Buffer.alloc(512, 7), Buffer.alloc(1024)]);
  const limit = tar.length;
  const unpack = async (bytes: Uint8Array): Promise<number> => {
    let total = 0;
    for await (const file of filesOfTarGz('x.tar.gz', bytes, limit)) {
      total += (await file.read()).length;
    }
    return total;
  };
  const archive = new Uint8Array(gzipSync(tar));
  expect(await unpack(archive)).toBe(512);
  await fc.assert(
    fc.asyncProperty(mutatedBytes(archive), async (bytes) => {
      const total = await outcomeOf(() => unpack(bytes), DataError);
      if (total === null) return;
      accept('images');
      expect(total).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 1000 },
  );
  await fc.assert(
    fc.asyncProperty(mutatedText(tar.toString('latin1')), async (text) => {
      const bytes = new Uint8Array(gzipSync(Buffer.from(text, 'latin1')));
      const total = await outcomeOf(() => unpack(bytes), DataError);
      if (total !== null) expect(total).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 1000 },
  );
});

afterAll(() => {
  // The mutations are mild enough that some of every door come through.
  const archives = ['archive text', 'archive json', 'archive table'];
  const figures = ['figure', 'figure data'];
  const others = ['text', 'json', 'resealed', 'csv', 'scaled', 'index', 'link', 'images'];
  for (const door of [...others, ...archives, ...figures]) {
    expect(accepted[door], door).toBeGreaterThan(0);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});
