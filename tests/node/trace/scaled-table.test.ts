import { describe, expect, test } from 'vitest';
import { genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { formatGenotype } from '../../../src/paper/genotype';
import { scaleByName } from '../../../src/paper/scale';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import {
  accuracyTableOf,
  readScaledTable,
  tableDigest,
  writeScaledTable,
  type ScaledTable,
} from '../../../src/trace/scaled-table';
import {
  standAloneDigest,
  validateResult,
  type StandAloneResult,
} from '../../../src/trace/stand-alone';
import { packed } from '../../support/packed';

const arch = (index: number) => formatGenotype(genotypeAtIndex(index));
const ALL_3X3 = arch(1462);
const ALL_SKIP = arch(1835);
const RESNET = arch(11472);

const config = resolveStandAlone('short', scaleByName('bench'));
const data = {
  name: 'CIFAR-10',
  digest: 'ab'.repeat(32),
  split: 'some',
  resolution: 8,
  images: 4096,
};
const environment = { backend: 'wasm', adapter: 'one', code: 'simd', selfTest: 'passed' } as const;
const now = '2026-01-31T12:00:00.000Z';

async function tableWith(change: Partial<ScaledTable> = {}): Promise<ScaledTable> {
  const table: Omit<ScaledTable, 'digest'> = {
    format: 'alphascope-accuracy-table',
    version: 1,
    space: 'nas-bench-201',
    folding: 'skip-and-none',
    config,
    configDigest: await standAloneDigest(config, data),
    data,
    environment,
    builds: ['0.1.0+abc'],
    command: 'npm run scaled-table',
    machine: 'a machine',
    createdAt: now,
    updatedAt: now,
    cells: [
      {
        arch: ALL_3X3,
        results: [
          { seed: 0, accuracy: 0.5, loss: 1.5 },
          { seed: 1, accuracy: 0.52, loss: 1.4 },
        ],
      },
      { arch: ALL_SKIP, results: [{ seed: 0, accuracy: 0.2, loss: 2.1 }] },
    ],
    ...change,
  };
  return { ...table, digest: await tableDigest(table) };
}

const bytesOf = (table: object) => new TextEncoder().encode(JSON.stringify(table));

describe('a table of stand-alone accuracies', () => {
  test('survives the way to its file and back, plain and packed', async () => {
    const table = await tableWith();
    const text = writeScaledTable(table);
    expect(await readScaledTable(new TextEncoder().encode(text))).toEqual(table);
    expect(await readScaledTable(new Uint8Array(await packed(text)))).toEqual(table);
  });

  test.each<[string, (table: ScaledTable) => object, string]>([
    [
      'another format',
      (table) => ({ ...table, format: 'x' }),
      '$.format must be "alphascope-accuracy-table"',
    ],
    [
      'a newer version',
      (table) => ({ ...table, version: 2 }),
      '$.version is 2: made by a newer version',
    ],
    ['an unknown key', (table) => ({ ...table, more: 1 }), '$.more is not a key of this format'],
    ['no cells', (table) => ({ ...table, cells: [] }), '$.cells must have a length of at least 1'],
    [
      'a word that is no cell',
      (table) => ({ ...table, cells: [{ ...table.cells[0]!, arch: '|conv~0|' }] }),
      '$.cells[0].arch Not a cell: at character 2',
    ],
    [
      'an accuracy in percent',
      (table) => ({
        ...table,
        cells: [{ arch: ALL_3X3, results: [{ seed: 0, accuracy: 50, loss: 1 }] }],
      }),
      '$.cells[0].results[0].accuracy must be at most 1',
    ],
    [
      'a seed twice',
      (table) => ({
        ...table,
        cells: [
          { arch: ALL_3X3, results: [table.cells[0]!.results[0], table.cells[0]!.results[0]] },
        ],
      }),
      '$.cells[0].results[1].seed must be above the seed before',
    ],
    [
      'isomorphic cells',
      (table) => ({
        ...table,
        cells: [
          { arch: arch(1651), results: table.cells[1]!.results },
          {
            arch: formatGenotype(['nor_conv_3x3', 'none', 'none', 'none', 'none', 'none']),
            results: table.cells[1]!.results,
          },
        ],
      }),
      '$.cells[1].arch is isomorphic to cell 0',
    ],
    [
      'other images',
      (table) => ({ ...table, data: { ...data, digest: 'cd'.repeat(32) } }),
      '$.configDigest does not match',
    ],
    [
      'a changed number',
      (table) => ({
        ...table,
        cells: [{ arch: ALL_3X3, results: [{ seed: 0, accuracy: 0.9, loss: 1.5 }] }],
      }),
      '$.digest does not match the table',
    ],
  ])('refuses %s with place and reason', async (_, change, message) => {
    const table = change(await tableWith());
    await expect(readScaledTable(bytesOf(table))).rejects.toThrow(message);
  });

  test('refuses what is cut off', async () => {
    const file = new Uint8Array(await packed(writeScaledTable(await tableWith())));
    await expect(readScaledTable(file.slice(0, 200))).rejects.toThrow(/cut off or damaged/);
  });

  test('gives means in percent for isomorphic cells, and gaps for the others', async () => {
    const table = accuracyTableOf(await tableWith());
    expect(table.name).toBe('trained here at scale bench, CIFAR-10 test, 12 epochs');
    expect(table.accuracy(ALL_3X3)).toBeCloseTo(51, 10);
    expect(table.accuracy(RESNET)).toBeUndefined();
    expect([table.best, table.floor]).toEqual([table.accuracy(ALL_3X3), 20]);
    // A way around by skip-connects is the same function.
    const cells = [
      {
        arch: '|skip_connect~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|',
        results: [{ seed: 0, accuracy: 0.4, loss: 1 }],
      },
    ];
    const folded = accuracyTableOf(await tableWith({ cells }));
    expect(folded.accuracy('|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|')).toBe(40);
    expect(folded.floor).toBe(40);
  });
});

describe('a result', () => {
  const result = async (): Promise<StandAloneResult> => ({
    arch: RESNET,
    seed: 3,
    config,
    configDigest: await standAloneDigest(config, data),
    data,
    environment: { ...environment, build: '0.1.0+abc' },
    createdAt: now,
    seconds: 9,
    epochs: Array.from({ length: 12 }, (_, i) => ({ epoch: i + 1, loss: 2, accuracy: 0.3 })),
    testLoss: 1.7,
    testAccuracy: 0.4,
  });

  test('is taken as it is', async () => {
    expect(await validateResult(await result())).toEqual(await result());
  });

  test.each<[string, (one: StandAloneResult) => object, string]>([
    ['a cell of another space', (one) => ({ ...one, arch: '|x|' }), '$.arch Not a cell'],
    [
      'missing epochs',
      (one) => ({ ...one, epochs: one.epochs.slice(1) }),
      '$.epochs has 11 epochs',
    ],
    [
      'epochs out of order',
      (one) => ({ ...one, epochs: one.epochs.toReversed() }),
      '$.epochs[0].epoch must be 1',
    ],
    [
      'another configuration',
      (one) => ({ ...one, config: { ...config, batch: 64 } }),
      '$.configDigest does not',
    ],
    [
      'a loss that is no number',
      (one) => ({ ...one, testLoss: NaN }),
      '$.testLoss must be a finite number',
    ],
  ])('with %s is refused', async (_, change, message) => {
    await expect(validateResult(change(await result()))).rejects.toThrow(message);
  });
});
