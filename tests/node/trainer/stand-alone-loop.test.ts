import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { downscale, pick } from '../../../src/data/images';
import { loadSearchData } from '../../../src/data/source';
import { standAloneData, type StandAloneData } from '../../../src/data/stand-alone-data';
import { openDevice, type Device } from '../../../src/engine/device';
import { EvaluationLayout } from '../../../src/engine/evaluation/layout';
import type { TrainingSnapshot } from '../../../src/engine/evaluation/training';
import { formatGenotype, parseGenotype } from '../../../src/paper/genotype';
import { canonicalForm } from '../../../src/paper/isomorphism';
import { scaleByName } from '../../../src/paper/scale';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import { NumericError } from '../../../src/trainer/loop';
import {
  trainCell,
  type StandAloneInput,
  type StandAloneProgress,
} from '../../../src/trainer/stand-alone-loop';
import { fromDisk, packaged, testImages } from '../data/packaged';

const CELL =
  '|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|';
/** Its output reads three blocks, which are not equally wide. */
const BLOCK_CELL =
  '|conv3x3-bn-relu~0|+|maxpool3x3~0|+|conv1x1-bn-relu~0~1|+|conv3x3-bn-relu~1~3|+|output~1~2~4|';
/** Six steps an epoch, the last one short. */
const CONFIG = {
  ...resolveStandAlone('short', scaleByName('c4-n1-r8-i44-b16')),
  epochs: 3,
};

let device: Device;
let data: StandAloneData;

beforeAll(async () => {
  await packaged();
  const halves = await loadSearchData({ resolution: 8, images: 44, cache: null, ...fromDisk() });
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  data = await standAloneData(halves, downscale(pick(testImages(), numbers), 8));
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  device = await openDevice('wasm', dirname(wasm) + sep);
}, 120_000);

interface Finished {
  readonly told: readonly StandAloneProgress[];
  readonly snapshots: readonly TrainingSnapshot[];
}

async function train(change: Partial<StandAloneInput> = {}): Promise<Finished> {
  const told: StandAloneProgress[] = [];
  const snapshots: TrainingSnapshot[] = [];
  const input = { arch: CELL, seed: 3, config: CONFIG, data, device, from: null, ...change };
  for await (const progress of trainCell(input)) {
    told.push(progress);
    if (progress.type === 'epoch') snapshots.push(await progress.snapshot());
  }
  return { told, snapshots };
}

/** Without what cannot be compared. */
const numbersOf = ({ told, snapshots }: Finished) => ({
  epochs: told.flatMap((one) => (one.type === 'epoch' ? [one.record] : [])),
  test: told.find(({ type }) => type === 'tested'),
  last: snapshots.at(-1),
});

describe('stand-alone training', () => {
  test('goes through its epochs, learns, and is tested once at the end', async () => {
    const before = device.kernels.count;
    const { told } = await train({ config: { ...CONFIG, epochs: 12 } });
    const types = told.map(({ type }) => type).filter((type) => type !== 'step');
    expect(types).toEqual([...Array<string>(12).fill('epoch'), 'testing', 'tested']);
    expect(told.filter(({ type }) => type === 'step')).toHaveLength(72);
    const losses = told.flatMap((one) => (one.type === 'epoch' ? [one.record.loss] : []));
    expect(losses.at(-1)!).toBeLessThan(0.95 * losses[0]!);
    const tested = told.at(-1)!;
    expect(tested).toMatchObject({ type: 'tested' });
    const { accuracy } = tested as Extract<StandAloneProgress, { type: 'tested' }>;
    expect(accuracy * 100).toBeCloseTo(Math.round(accuracy * 100), 6);
    // Constants of these shapes stay.
    const between = device.kernels.count;
    await train();
    expect(device.kernels.count).toBe(between);
    expect(between - before).toBeLessThan(10);
  });

  test('depends on its seed and cut off at any epoch equals the uninterrupted one', async () => {
    const whole = await train();
    expect(numbersOf(await train({ seed: 4 }))).not.toEqual(numbersOf(whole));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 3), async (epoch) => {
        const from = { epoch, snapshot: whole.snapshots[epoch - 1]! };
        const { epochs, test: tested, last } = numbersOf(await train({ from }));
        expect(epochs).toEqual(numbersOf(whole).epochs.slice(epoch));
        expect(tested).toEqual(numbersOf(whole).test);
        if (last) expect(last).toEqual(whole.snapshots.at(-1));
      }),
      { numRuns: 3 },
    );
  });

  test('trains cells without a way to the output, and those without parameters', async () => {
    for (const operation of ['none', 'skip_connect'] as const) {
      const arch = formatGenotype(Array<typeof operation>(6).fill(operation));
      const { told } = await train({ arch });
      expect(told.at(-1)).toMatchObject({ type: 'tested' });
    }
  });

  test('gives isomorphic cells the same accuracy where they draw the same weights', async () => {
    // The convolution stands on the same edge; an average pool moves behind a skip-connect.
    const one = '|skip_connect~0|+|none~0|avg_pool_3x3~1|+|nor_conv_3x3~0|none~1|skip_connect~2|';
    const other = '|skip_connect~0|+|avg_pool_3x3~0|none~1|+|nor_conv_3x3~0|none~1|skip_connect~2|';
    expect(canonicalForm(parseGenotype(one))).toBe(canonicalForm(parseGenotype(other)));
    const [a, b] = [numbersOf(await train({ arch: one })), numbersOf(await train({ arch: other }))];
    expect(a.test).toEqual(b.test);
    expect(a.epochs).toEqual(b.epochs);
  });

  test('decays the weights of edges that nothing reads, and tracks no statistics of them', async () => {
    const arch = '|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|';
    const genotype = parseGenotype(arch);
    const { snapshots } = await train({ arch });
    const again = await train({
      arch,
      config: { ...CONFIG, weights: { ...CONFIG.weights, decay: 0 } },
    });
    const layout = new EvaluationLayout({ genotype, ...CONFIG, classes: 10 });
    const unread = (snapshot: TrainingSnapshot) =>
      layout.toNamed(snapshot.weights).get('stage0.cell0.edge0.conv.weight')!;
    const start = unread(again.snapshots[0]!);
    expect(unread(again.snapshots[2]!)).toEqual(start);
    const shrunk = unread(snapshots[2]!).map((value, i) => value / start[i]!);
    for (const share of shrunk) expect(share).toBeCloseTo(shrunk[0]!, 5);
    expect(shrunk[0]!).toBeLessThan(0.9999);
    const { offset, channels } = layout.norms.get('stage0.cell0.edge0.bn')!;
    const statistics = snapshots[2]!.running.slice(offset, offset + 2 * channels);
    expect([...statistics]).toEqual([
      ...Array<number>(channels).fill(0),
      ...Array<number>(channels).fill(1),
    ]);
  });

  test('trains cells of the 1Shot1 spaces, and goes on from any epoch to the bit', async () => {
    const size = scaleByName('c4-n1-r8-i44-b16');
    const config = { ...resolveStandAlone('short', size, 'nas-bench-1shot1-2'), epochs: 6 };
    const whole = await train({ arch: BLOCK_CELL, config });
    const { epochs, test: tested, last } = numbersOf(whole);
    expect(epochs.at(-1)!.loss).toBeLessThan(0.99 * epochs[0]!.loss);
    const from = { epoch: 4, snapshot: whole.snapshots[3]! };
    const rest = numbersOf(await train({ arch: BLOCK_CELL, config, from }));
    expect(rest).toEqual({ epochs: epochs.slice(4), test: tested, last });
    await expect(train({ arch: CELL, config })).rejects.toThrow(/Not a cell: 3 groups/);
  });

  test('ends with an error when a loss is no number', async () => {
    const weights = { ...CONFIG.weights, rate: 1e30 };
    await expect(train({ config: { ...CONFIG, weights } })).rejects.toThrow(NumericError);
  });
});
