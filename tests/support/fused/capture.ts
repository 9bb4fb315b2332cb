import { afterEach, describe, expect, test } from 'vitest';
import type { Clock, MixPlan, Tensor } from '../../../src/engine/fused/fused';
import type { NdArray } from '../plain-array';
import { expectSame, type Bench } from './bench';
import { labelsOf, noise } from './noise';
import { ratesOf } from './training';

const STEPS = 10;
const PLAN: MixPlan = { edges: [0, 1, 3], columns: 3, skip: 1, pool: 2, convs: [] };
/** Of the flat vector: a 3x3 filter, batch norm's scale and shift, the classifier. */
const PLACES = { filter: 0, scale: 128, shift: 192, weight: 256, bias: 320 };
const SIZE = 384;

type Values = Readonly<Record<string, Float32Array>>;

function expectAllSame(got: Values, expected: Values): void {
  for (const [name, values] of Object.entries(expected)) expectSame(name, got[name]!, values);
}

/** A bilevel step of a net with every kind of piece, on tensors that outlive it. */
class Net {
  private readonly tensors: Record<string, Tensor> = {};
  readonly clock: Clock;

  constructor(private readonly bench: Bench) {
    const { k } = bench;
    const place = (name: string, { values, shape }: NdArray) => {
      this.tensors[name] = k.keep(k.upload(Float32Array.from(values), shape));
    };
    place('images', noise([4, 8, 8, 3], 1));
    place('weights', noise([SIZE], 2));
    for (const name of ['momentum', 'gradient']) place(name, noise([SIZE], 3, { spread: 0 }));
    place('alpha', noise([6, 3], 4));
    for (const name of ['first', 'second']) place(name, noise([6, 3], 5, { spread: 0 }));
    place('totals', noise([5], 6, { spread: 0 }));
    place('trail', noise([STEPS, 18], 7));
    this.tensors.labels = k.keep(k.upload(labelsOf(4), [4]));
    this.clock = bench.clock(ratesOf(STEPS), 0);
    for (const tensor of [this.clock.table, this.clock.counter]) if (tensor) k.keep(tensor);
  }

  private at(name: string): Tensor {
    return this.tensors[name]!;
  }

  private of(vector: string) {
    const part = (name: keyof typeof PLACES, shape: readonly number[]) =>
      this.bench.k.part(this.at(vector), PLACES[name], shape);
    return {
      filter: part('filter', [3, 3, 3, 4]),
      scale: part('scale', [4]),
      shift: part('shift', [4]),
      weight: part('weight', [4, 10]),
      bias: part('bias', [10]),
    };
  }

  /** @param frozen leaves alpha out */
  readonly step = (frozen: boolean): void => {
    const { k, fused } = this.bench;
    k.scope(() => {
      const options = { stride: 1, relu: false } as const;
      const [images, labels, alpha] = [this.at('images'), this.at('labels'), this.at('alpha')];
      const { filter, scale, shift, weight, bias } = this.of('weights');
      const into = this.of('gradient');
      const z = fused.conv(images, filter, options);
      const n = { z, moments: fused.moments(z) };
      const pooled = fused.headPool(n, scale, shift);
      const { scores, dLogits } = fused.classify(pooled, weight, bias, labels);
      fused.classifyWeights(pooled, dLogits, into);
      const dPooled = fused.classifyInput(dLogits, weight);
      const g = fused.headPoolInput(n, scale, shift, dPooled);
      const sums = fused.normSums(n, g, into);
      const dz = fused.normInput(n, scale, sums, g);
      fused.convFilter(images, dz, into.filter, options);
      const state = { weights: this.at('weights'), momentum: this.at('momentum') };
      const norm = fused.sgd(state, this.at('gradient'), this.clock);
      if (!frozen) {
        const p = fused.softmax(alpha);
        const nodes = fused.mix(z, p, [], [null, null, null], PLAN);
        const dp = fused.zeros([6, 3]);
        fused.mixSums(z, [], nodes, dp, PLAN);
        const adam = { alpha, first: this.at('first'), second: this.at('second') };
        fused.adam(adam, fused.softmaxInput(p, dp), this.clock);
      }
      const journal = { totals: this.at('totals'), trail: this.at('trail') };
      fused.tally(journal, this.clock, { train: scores, norm, valid: scores, alpha });
      return { keep: [], value: null };
    });
  };

  async values(): Promise<Values> {
    const values: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(this.tensors)) {
      values[name] = await this.bench.k.read(tensor);
    }
    return values;
  }

  dispose(): void {
    const { table, counter } = this.clock;
    const own = [...Object.values(this.tensors), table, counter];
    this.bench.k.free(...own.filter((tensor) => tensor !== null));
  }
}

export function captureSuite(bench: () => Bench): void {
  describe('captured steps', () => {
    let nets: Net[] = [];
    const open = () => {
      const net = new Net(bench());
      nets.push(net);
      return net;
    };
    afterEach(() => {
      bench().fused.forget();
      for (const net of nets) net.dispose();
      nets = [];
    });

    /** Alpha is frozen in the first three steps: another step, under another key. */
    const train = async (net: Net, run: (key: string, body: () => void) => void) => {
      for (; net.clock.step < STEPS; net.clock.step++) {
        const frozen = net.clock.step < 3;
        run(`frozen ${frozen}`, () => net.step(frozen));
        await bench().fused.pace();
      }
      return net.values();
    };

    test('equal steps run one by one, bit for bit', async () => {
      const { fused } = bench();
      const start = open();
      const before = await start.values();
      const eager = await train(start, (_, body) => body());
      for (const name of ['weights', 'momentum', 'alpha', 'first', 'second', 'totals', 'trail']) {
        expect(eager[name], name).not.toEqual(before[name]);
      }
      expectSame('images', eager.images!, before.images!);
      expectAllSame(await train(open(), (key, body) => fused.run(key, body)), eager);
    });

    test('leave nothing behind once forgotten', async () => {
      const { fused, k } = bench();
      const round = async () => {
        await train(open(), (key, body) => fused.run(key, body));
        fused.forget();
        for (const net of nets) net.dispose();
        nets = [];
        return k.count;
      };
      expect(await round()).toBe(await round());
    });

    test('are prepared without being run', async () => {
      const { fused } = bench();
      const net = open();
      const before = await net.values();
      const shares: number[] = [];
      await fused.prepare(
        () => net.step(false),
        (share) => shares.push(share),
      );
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
      expectAllSame(await net.values(), before);
      const eager = await train(net, (_, body) => body());
      const captured = await train(open(), (key, body) => fused.run(key, body));
      expectAllSame(captured, eager);
    });
  });
}
