import { describe, expect, test } from 'vitest';
import { genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { formatGenotype } from '../../../src/paper/genotype';
import { scaleByName } from '../../../src/paper/scale';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import { whyUnfit } from '../../../src/paper/accuracy-table';
import { lookupOf } from '../../../src/paper/table/lookup';
import {
  contentOf,
  readScaledTable,
  seedNoise,
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
    const tableOf = (table: ScaledTable) => lookupOf(contentOf(table), 'accuracy');
    const table = tableOf(await tableWith());
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
    const folded = tableOf(await tableWith({ cells }));
    expect(folded.accuracy('|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|')).toBe(40);
    expect(folded.floor).toBeNaN();
  });

  describe('of a 1Shot1 space', () => {
    const space = 'nas-bench-1shot1-3';
    const one =
      '|maxpool3x3~0|+|conv3x3-bn-relu~0|+|loose|+|conv1x1-bn-relu~1~2|+|loose|+|output~0~4|';
    const renumbered =
      '|conv3x3-bn-relu~0|+|maxpool3x3~0|+|maxpool3x3~2|+|loose|+|conv1x1-bn-relu~1~2|+|output~0~5|';
    const pools = '|maxpool3x3~0|+|maxpool3x3~1|+|loose|+|maxpool3x3~0~2|+|loose|+|output~0~4|';
    const resultOf = (accuracy: number, seed = 0) => ({ seed, accuracy, loss: 1 });
    const oneShot = async (change: Partial<ScaledTable> = {}) => {
      const own = { ...config, space } as const;
      return tableWith({
        space,
        folding: 'numbering',
        config: own,
        configDigest: await standAloneDigest(own, data),
        cells: [
          { arch: one, results: [resultOf(0.4), resultOf(0.44, 1)] },
          { arch: pools, results: [resultOf(0.2)] },
        ],
        ...change,
      });
    };

    test('is read, and looked up by what the search derives', async () => {
      const table = await readScaledTable(bytesOf(await oneShot()));
      const content = contentOf(table);
      const lookup = lookupOf(content, 'accuracy');
      expect(lookup.name).toBe(
        'NAS-Bench-1Shot1, space 3, trained here at scale bench, CIFAR-10 test, 12 epochs',
      );
      expect(lookup).toMatchObject({ space, floor: 20, count: 2 });
      expect(lookup.accuracy(renumbered)).toBeCloseTo(42, 9);
      expect(lookup.accuracy(one)).toBe(lookup.accuracy(renumbered));
      expect(lookup.accuracy(pools.replace('maxpool3x3~1', 'conv3x3-bn-relu~1'))).toBeUndefined();
      expect([lookup.rank(lookup.best), lookup.rank(lookup.floor)]).toEqual([1, 2]);
      expect(content.trained).toEqual({
        seeds: 2,
        noise: expect.closeTo(Math.sqrt(8), 9) as number,
      });
      // A tenth of 22 points is less than what two seeds differ by.
      expect(whyUnfit(lookup, content.trained!.noise)).toBe(
        'its margin M of 2.20 points is no larger than what two seeds of one cell differ by (2.83, s.d.)',
      );
      expect(whyUnfit(lookup, 2)).toBeNull();
      expect(whyUnfit(lookup, null)).toBe('how far two seeds of one cell differ is not known yet');
    });

    test.each<[string, Partial<ScaledTable>, string]>([
      [
        'the folding of another space',
        { folding: 'skip-and-none' },
        '$.folding must be "numbering"',
      ],
      ['the configuration of another space', { config }, '$.config.space is not the space'],
      [
        'a cell of another space',
        { cells: [{ arch: ALL_3X3, results: [resultOf(0.5)] }] },
        '$.cells[0].arch Not a cell: 3 groups',
      ],
      [
        'a cell under two numberings',
        { cells: [one, renumbered].map((arch) => ({ arch, results: [resultOf(0.5)] })) },
        '$.cells[1].arch is isomorphic to cell 0',
      ],
    ])('with %s is refused', async (_, change, message) => {
      await expect(readScaledTable(bytesOf(await oneShot(change)))).rejects.toThrow(message);
    });
  });

  test('tells how far seeds differ, pooled over the cells with more than one', () => {
    const cell = (arch: string, ...accuracies: number[]) => ({
      arch,
      results: accuracies.map((accuracy, seed) => ({ seed, accuracy, loss: 1 })),
    });
    // Squares about the means, in percent: 2 with one degree of freedom, 8 with two.
    const cells = [cell(ALL_3X3, 0.5, 0.52), cell(RESNET, 0.4, 0.42, 0.44), cell(ALL_SKIP, 0.1)];
    expect(seedNoise({ cells })).toBeCloseTo(Math.sqrt(10 / 3), 9);
    expect(seedNoise({ cells: [cell(ALL_SKIP, 0.1)] })).toBeNull();
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
