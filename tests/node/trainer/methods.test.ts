import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SearchData } from '../../../src/data/search-data';
import { loadSearchData } from '../../../src/data/source';
import { openDevice, type Device } from '../../../src/engine/device';
import { planMemory } from '../../../src/engine/memory-plan';
import { Search } from '../../../src/engine/search';
import { DROPPED } from '../../../src/engine/fused/method';
import type { Alpha } from '../../../src/paper/cell';
import { METHOD_NAMES, type MethodName, type Settings } from '../../../src/paper/config';
import { parseGenotype } from '../../../src/paper/genotype';
import { OPERATIONS } from '../../../src/paper/operation';
import { earlyStopRule } from '../../../src/paper/stop/early-stop';
import { selectiveStop } from '../../../src/paper/stop/selective-stop';
import type { Stop } from '../../../src/paper/stop/stop';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { jointAlphas, trajectoryOf } from '../../../src/trace/bench-run';
import { resolveConfig } from '../../../src/paper/resolve';
import { runDigest } from '../../../src/trace/digest';
import { readTrace } from '../../../src/trace/read';
import { validateRecord } from '../../../src/trace/validate';
import { without } from '../../../src/trace/without';
import { writeTrace } from '../../../src/trace/write';
import { checkpointOf, snapshotOf } from '../../../src/trainer/checkpoint';
import { derive, trialPlan } from '../../../src/trainer/derive';
import { stateAfter } from '../../../src/trainer/fork';
import { measure } from '../../../src/trainer/measure';
import { noiseSet } from '../../support/noise-set';
import { computed, runSmall, SMALL, type FinishedRun } from '../../support/small-run';
import { syntheticHead } from '../../support/synthetic-run';
import { fromDisk, packaged } from '../data/packaged';

/** Of two epochs with seed 7 on wasm, whose arithmetic is fixed to the bit. */
const DIGESTS: Readonly<Record<MethodName, string>> = {
  'darts-v1': '1beaa0d211ab8bad1548242b37eb2026fbe475508b5125e0a159508dd5431ba8',
  'darts-v2': 'f741d9c200f5ec0c77fe1de6b84576fde206a22024867c45892070e0742c0a05',
  'gaea-erm': '644ef701e614c57bddf4b9a1395d92038b4e68141102bf4abfec52f1fed9a6ef',
  'gaea-bilevel': 'e54be9a83fe8f535afa9d8f362dacb45dff35deca5217a9759bb393c91069022',
  drnas: '0154ed042d14a6015aee193c19900cd0c9d53545f4a5d2167d4022216211b29a',
  gdas: 'cbd7423ff5d18264758d9ca8f5a61fc115ca048e8e4edd6fc06498d6b6305d9f',
  setn: 'c70595e1b0df99539de863f8c2da23f8fa511cc626861773107a34ec69c5136b',
  rsps: '611972d66efe1ddd3737ed879f3461ff8c0d5809a88484bb8f75d8282e16b1d0',
  'amended-darts': 'ddf61dbaafe758adb1f9c677b07a096e9258f62865bf7b35ca1ba673116af181',
  'pc-darts': 'e27e2cb550df064a1500e4d0a414ab0b33b5ed95d8efcb3f24fb32cdeeb089cb',
  enas: 'd32ded3a35d75b3042685f814defeeb0048252f02723127ff14b71a171990565',
};

/** Of six epochs of DrNAS's progressive search. */
const PROGRESSIVE_DIGEST = 'a1924a428e796803214d8053ba0b08168865ea91fa6ebc3020cd6e259a540ddf';

let device: Device;
let data: SearchData;

beforeAll(async () => {
  await packaged();
  data = await loadSearchData({ resolution: 8, images: 64, cache: null, ...fromDisk() });
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  device = await openDevice('wasm', dirname(wasm) + sep);
});

describe('a run of each method', () => {
  test.each(METHOD_NAMES)('%s: the same bits everywhere, resumed or not', async (method) => {
    const settings = { method, epochs: 2 };
    const count = device.kernels.count;
    const whole = await runSmall(device, data, { settings });
    expect(device.kernels.count).toBe(count);
    expect(whole.digest).toBe(DIGESTS[method]);
    const rest = await runSmall(device, data, { settings, from: whole.checkpoints[1]! });
    expect(rest.records.map(computed)).toEqual(whole.records.slice(1).map(computed));
    expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));

    const head = await syntheticHead({ seed: 7, epochs: 2, settings: { ...SMALL, ...settings } });
    const epochs = whole.records;
    const run = { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
    expect(await readTrace(writeTrace([run]))).toEqual({ runs: [run] });
  });

  test.each(['gaea-bilevel', 'pc-darts', 'enas'] as const)(
    'EX and SS go over %s: its rates exchanged, ended by the peak of an operation',
    async (method) => {
      const stop = { rule: 'ss', operation: 'skip_connect', patience: 1 } as const;
      const settings = { method, swap: true, epochs: 6, stop };
      const { effective } = resolveConfig({ ...SMALL, ...settings });
      const { effective: plain } = resolveConfig({ ...SMALL, ...settings, swap: false });
      const { alphaFactor, weightFactor } = effective.scale;
      if (method !== 'gaea-bilevel') {
        expect(effective.weights.rate).toBe((plain.alpha.rate / alphaFactor) * weightFactor);
      }
      expect(effective.weights.rate).toBeLessThan(plain.weights.rate);
      let ended: Stop | null = null;
      const { records } = await runSmall(device, data, {
        settings,
        watch: (progress) => {
          if (progress.type === 'epoch' && progress.last) ended = progress.stop;
        },
      });
      expect(records[0]!.rateAlpha).toBe(effective.alpha.rate);
      const alphas = jointAlphas(records);
      const trajectory = { space: NAS_BENCH_201, ops: effective.ops, alphas };
      const online = earlyStopRule(stop).find(trajectory);
      expect(ended).toEqual(online.triggered ? online : null);
      // Algorithm 2 on what was trained finds the same peak.
      const { epoch } = selectiveStop(13, 'skip_connect').find(trajectory);
      if (online.triggered) expect(online.epoch).toBe(epoch);
    },
  );
  test('measuring the Hessian changes nothing but what it adds, resumed or not', async () => {
    const settings = { epochs: 3, hessian: true } as const;
    const plain = await runSmall(device, data, { settings: { epochs: 3 } });
    const count = device.kernels.count;
    const measured = await runSmall(device, data, { settings });
    expect(device.kernels.count).toBe(count);
    const values = measured.records.map(({ eigenvalue }) => eigenvalue);
    expect(values).toEqual([expect.any(Number), undefined, expect.any(Number)]);
    expect(values[0]).not.toBe(values[2]);
    const bare = measured.records.map((record) => without(computed(record), 'eigenvalue'));
    expect(bare).toEqual(plain.records.map(computed));
    const rest = await runSmall(device, data, { settings, from: measured.checkpoints[1]! });
    expect(rest.records.map(computed)).toEqual(measured.records.slice(1).map(computed));

    const head = await syntheticHead({ seed: 7, epochs: 3, settings: { ...SMALL, ...settings } });
    const epochs = measured.records;
    const run = { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
    expect(await readTrace(writeTrace([run]))).toEqual({ runs: [run] });
    expect(() => validateRecord(without(epochs[0]!, 'eigenvalue'), head, 1)).toThrow(/is missing/);
    expect(() => validateRecord({ ...epochs[1]!, eigenvalue: 1 }, head, 2)).toThrow(/be absent/);
    expect(trajectoryOf(run).eigenvalues).toEqual([values[0], null, values[2]]);
  });

  describe('progressive', () => {
    const settings: Partial<Settings> = { method: 'drnas', options: ['progressive'], epochs: 6 };
    /** Recorded as DROPPED, by edge and operation. */
    const droppedIn = ({ alpha }: { readonly alpha: Alpha }) =>
      alpha.map((row) => row.map((value) => value === DROPPED));
    let whole: FinishedRun;
    let count: number;
    beforeAll(async () => {
      count = device.kernels.count;
      whole = await runSmall(device, data, { settings });
    });

    test('drops operations and widens the others in mid-search: the same bits everywhere', () => {
      expect(device.kernels.count).toBe(count);
      expect(whole.digest).toBe(PROGRESSIVE_DIGEST);
      expect(whole.records.map(({ phase }) => phase[0]).join('')).toBe('wjjwjj');
      const [before, after] = [whole.records[2]!, whole.records[3]!];
      for (const record of whole.records.slice(0, 3))
        expect(droppedIn(record).flat()).not.toContain(true);
      for (const record of whole.records.slice(3)) {
        expect(droppedIn(record)).toEqual(droppedIn(after));
        for (const { alpha } of record.steps)
          expect(droppedIn({ alpha })).toEqual(droppedIn(after));
      }
      // The three largest of every edge are left, untouched while alpha is frozen.
      before.alpha.forEach((row, edge) => {
        const third = [...row].sort((a, b) => b - a)[2]!;
        expect(after.alpha[edge]).toEqual(row.map((value) => (value < third ? DROPPED : value)));
      });
      expect(whole.records.at(-1)!.alpha).not.toEqual(after.alpha);
      const sizes = whole.checkpoints.map(({ snapshot }) => snapshot.weights.length);
      expect(new Set(sizes.slice(0, 4)).size).toBe(1);
      expect(new Set(sizes.slice(4)).size).toBe(1);
      expect(sizes[4]).toBeGreaterThan(sizes[3]!);
      expect(whole.checkpoints[3]!.snapshot).not.toHaveProperty('kept');
      expect(whole.checkpoints[4]!.snapshot.kept!.reduce((a, b) => a + b)).toBe(18);
    });

    test.each([1, 3, 4, 6])('resumed after epoch %i it is the uninterrupted run', async (cut) => {
      const { epoch, joint, snapshot } = whole.checkpoints[cut]!;
      // By way of the store's form.
      const stored = snapshotOf(checkpointOf('a run', epoch, snapshot));
      expect(stored).toEqual(snapshot);
      const rest = await runSmall(device, data, {
        settings,
        from: { epoch, joint, snapshot: stored },
      });
      expect(rest.records.map(computed)).toEqual(whole.records.slice(cut).map(computed));
      expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
      expect(rest.checkpoints[0]).toEqual(whole.checkpoints[cut]);
      expect(device.kernels.count).toBe(count);
    });

    test.each([2, 3, 4])('forked at epoch %i its branches start where it was', async (epoch) => {
      const head = await syntheticHead({ seed: 7, epochs: 6, settings: { ...SMALL, ...settings } });
      const run = { ...head, epochs: whole.records };
      const { snapshot } = whole.checkpoints[1]!;
      const point = { run, epoch, device, data, report: () => undefined };
      const mayGoOn = () => Promise.resolve(true);
      const checkpoint = checkpointOf(head.uid, 1, snapshot);
      for (const from of [null, checkpoint]) {
        const state = await stateAfter({ ...point, checkpoint: from, mayGoOn });
        expect(state).toEqual(whole.checkpoints[epoch]!.snapshot);
      }
      const { joint } = whole.checkpoints[epoch]!;
      const toggles = [{ fromEpoch: epoch + 1, l2: 0.5 }];
      const from = { epoch, joint, snapshot: whole.checkpoints[epoch]!.snapshot };
      const branch = await runSmall(device, data, { settings, toggles, from });
      // The regulariser acts in the first epoch in which alpha moves.
      const moves = whole.records.findIndex(
        (record) => record.epoch > epoch && record.phase === 'joint',
      );
      const at = moves - epoch;
      expect(branch.records.slice(0, at).map(({ alpha }) => alpha)).toEqual(
        whole.records.slice(epoch, moves).map(({ alpha }) => alpha),
      );
      expect(branch.records[at]!.alpha).not.toEqual(whole.records[moves]!.alpha);
    });

    test('goes through a trace, which holds what the rules ask for', async () => {
      const head = await syntheticHead({ seed: 7, epochs: 6, settings: { ...SMALL, ...settings } });
      const epochs = whole.records;
      const run = { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
      expect(await readTrace(writeTrace([run]))).toEqual({ runs: [run] });
      expect(() => validateRecord({ ...epochs[3]!, phase: 'joint' }, head, 4)).toThrow(
        /must be warmup/,
      );
      // Stop rules see the epochs in which alpha was trained.
      expect(trajectoryOf(run).alphas).toEqual([1, 2, 4, 5].map((at) => epochs[at]!.alpha));
    });

    test('is the same on the plain backend whenever it is trained', async () => {
      const few = await loadSearchData({ resolution: 8, images: 16, cache: null, ...fromDisk() });
      const plain = await openDevice('cpu', '');
      // Its 3x3 convolutions would take most of the time.
      const ops = OPERATIONS.filter((operation) => operation !== 'nor_conv_3x3');
      const small = { ...settings, ops, scale: 'c4-n1-r8-i16-b16', epochs: 4 };
      const [once, again] = [
        await runSmall(plain, few, { settings: small }),
        await runSmall(plain, few, { settings: small }),
      ];
      expect(again.digest).toBe(once.digest);
      expect(again.checkpoints).toEqual(once.checkpoints);
      expect(droppedIn(once.records[3]!).flat().filter(Boolean)).toHaveLength(6);
      plain.close();
    });

    test('costs what both its stages cost', async () => {
      const { effective } = resolveConfig({ ...SMALL, ...settings });
      const { seconds, stepSeconds, bytes } = await measure(device, effective);
      expect(device.kernels.count).toBe(count);
      expect(bytes).toBe(planMemory(effective, device).bytes);
      // Each stage has an epoch with alpha frozen and two without, and one of them is the slowest.
      expect(seconds).toBeGreaterThan(4 * (0.6 + 2) * stepSeconds);
    });

    test('other seeds go other ways, and both options go together', async () => {
      const other = await runSmall(device, data, { settings, seed: 8 });
      expect(droppedIn(other.records[5]!)).not.toEqual(droppedIn(whole.records[5]!));
      const both: Partial<Settings> = { ...settings, options: ['kl', 'progressive'] };
      const pulled = await runSmall(device, data, { settings: both });
      expect(pulled.records[5]!.alpha).not.toEqual(whole.records[5]!.alpha);
      expect(droppedIn(pulled.records[5]!).flat().filter(Boolean)).toHaveLength(12);
    });
  });

  test('both halves make an epoch of twice the steps in GAEA with one level', async () => {
    const { records } = await runSmall(device, data, {
      settings: { method: 'gaea-erm', epochs: 1 },
    });
    expect(records[0]!.steps.at(-1)!.step).toBe(8);
    const bilevel = await runSmall(device, data, {
      settings: { method: 'gaea-bilevel', epochs: 1 },
    });
    expect(bilevel.records[0]!.steps.at(-1)!.step).toBe(4);
  });

  test('what has no alpha tells no loss of alpha, and may derive any cell', async () => {
    const settings = { method: 'rsps', epochs: 1 } as const;
    const { records } = await runSmall(device, data, { settings });
    const [record] = records;
    expect(record).toMatchObject({ phase: 'joint', lossAlpha: null, accAlpha: null });
    expect(record!.alpha.flat()).toEqual(Array(30).fill(0));
    const head = await syntheticHead({ seed: 7, epochs: 1, settings: { ...SMALL, ...settings } });
    const with_ = (change: Partial<typeof record>) => () =>
      validateRecord({ ...record!, ...change }, head, 1);
    const arch = '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|';
    expect(with_({ arch })).not.toThrow();
    expect(with_({ arch: '|none~0|' })).toThrow(/arch.*before node 2/);
    expect(with_({ lossAlpha: 1 })).toThrow(/must be null/);
  });

  test('cells are tried with the shared weights, and the first of the best is derived', async () => {
    const { effective } = resolveConfig({ ...SMALL, method: 'setn', scale: 'c4-n1-r8-i16-b16' });
    const set = noiseSet(16, 8);
    const search = new Search(device.kernels, effective, { weights: set, alpha: set }, { seed: 1 });
    const alpha = await search.alpha();
    const trial = trialPlan(effective, set, 1, 1, alpha)!;
    expect(trial.cells).toHaveLength(100);
    const accuracies = await search.accuracies(trial);
    // A trial's batch are all the images here, and so is an evaluation's.
    for (const at of [0, 7, 99]) {
      const { accuracy } = await search.evaluate(trial.cells[at]);
      expect(accuracies[at]).toBeCloseTo(accuracy, 6);
    }
    expect(new Set(accuracies).size).toBeGreaterThan(1);
    const best = trial.cells[accuracies.indexOf(Math.max(...accuracies))]!;
    const { cell, arch } = await derive(search, effective, alpha, trial);
    expect(cell).toEqual(best);
    expect(parseGenotype(arch)).toEqual(best.map((column) => effective.ops[column]));
    search.dispose();
  });
});
