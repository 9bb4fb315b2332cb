import type { Alpha } from '../paper/cell';
import type { EffectiveConfig } from '../paper/config';
import { drawsOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { spaceOf } from '../paper/space/registry';
import { createNetwork } from './create-network';
import { rateRows, stepsOf, type BatchPlan, type EpochPlan } from './epoch-plan';
import { Feed } from './feed';
import { RATES } from './fused/fused';
import { sizeOf, type Kernels, type Tensor } from './kernels';
import { METHODS } from './method/registry';
import type { SearchMethod, SearchState } from './method/method';
import { Shelf } from './shelf';
import { initialSnapshot, type SearchSnapshot } from './snapshot';
import type { Network } from './network';

/** Sums over the steps since the last reset. */
export interface Totals {
  readonly steps: number;
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
  readonly norm: number;
  readonly alphaSteps: number;
  readonly alphaLoss: number;
  readonly alphaCorrect: number;
  readonly alphaImages: number;
}

/** A search in progress: supernet, optimisers and method on one backend. */
export class Search {
  readonly network: Network;
  private readonly method: SearchMethod;
  private readonly state: SearchState;
  private readonly shelves: { readonly weights: Shelf; readonly alpha: Shelf };
  private readonly feed: Feed;
  private readonly evaluationFeed: Feed;
  /** `[5]` and `[steps, alphas]`; see `Journal`. */
  private readonly totalsOnDevice: Tensor;
  private readonly trailOnDevice: Tensor;
  private alphaSteps: number;
  private counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };
  private plan: EpochPlan | null = null;

  /**
   * @param data images for the weights and for alpha
   * @param start a snapshot to go on from, or the seed of the initial values
   * @param recompute see {@link Supernet}
   */
  constructor(
    private readonly k: Kernels,
    private readonly config: EffectiveConfig,
    data: { readonly weights: ImageSet; readonly alpha: ImageSet },
    start: SearchSnapshot | { readonly seed: number },
    recompute = false,
  ) {
    this.network = createNetwork(k, config, recompute);
    this.method = METHODS[config.method];
    const from = 'seed' in start ? initialSnapshot(this.network.layout, config, start.seed) : start;
    this.state = this.place(from);
    this.alphaSteps = from.alphaSteps;
    this.shelves = { weights: new Shelf(k, data.weights), alpha: new Shelf(k, data.alpha) };
    this.feed = new Feed(k);
    this.evaluationFeed = new Feed(k);
    const trail = [config.stepsPerEpoch, from.alpha.length];
    this.totalsOnDevice = k.keep(k.upload(new Float32Array(5), [5]));
    this.trailOnDevice = k.keep(k.upload(new Float32Array(trail[0]! * trail[1]!), trail));
  }

  /** Starts an epoch: its batches, its rates, its sums. */
  begin(plan: EpochPlan): void {
    this.plan = plan;
    const draws = new Map([[this.shelves.weights, plan.train]]);
    if (plan.alpha) draws.set(this.shelves.alpha, plan.alpha);
    this.feed.begin(plan, draws, rateRows(plan, this.alphaSteps, this.network.recipe.nesterov));
    this.resetTotals();
    this.counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };
  }

  /** One bilevel step; alpha stays where it is while the plan says that it is frozen. */
  step(): void {
    const { feed } = this;
    const size = feed.size;
    const frozen = this.plan!.alpha === null;
    this.k.fused.run(`step ${size} ${frozen ? 'frozen' : 'joint'}`, () => this.compute());
    feed.clock.step += 1;
    this.counts.steps += 1;
    this.counts.images += size;
    if (frozen) return;
    this.alphaSteps += 1;
    this.counts.alphaSteps += 1;
    this.counts.alphaImages += size;
  }

  /** Compiles what this epoch and its evaluation need; see `FusedKernels.prepare`. */
  async prepare(progress?: (share: number) => void): Promise<void> {
    const steps = stepsOf(this.plan!);
    this.beginEvaluation();
    await this.k.fused.prepare(() => {
      const feeds = [
        { feed: this.feed, last: steps - 1, compute: () => this.compute() },
        {
          feed: this.evaluationFeed,
          last: stepsOf(this.evaluationPlan) - 1,
          compute: () => this.computeScores(),
        },
      ];
      for (const { feed, last, compute } of feeds) {
        const { step } = feed.clock;
        // The last batch may be short, which is another shape.
        for (const at of new Set([step, last])) {
          feed.clock.step = at;
          compute();
        }
        feed.clock.step = step;
      }
    }, progress);
  }

  /** Settles when the device is at most a few steps behind. */
  pace(): Promise<void> {
    return this.k.fused.pace();
  }

  /** Reads the sums of this epoch back. */
  async totals(): Promise<Totals> {
    const [loss, correct, norm, alphaLoss, alphaCorrect] = await this.k.read(this.totalsOnDevice);
    return {
      ...this.counts,
      loss: loss!,
      correct: correct!,
      norm: norm!,
      alphaLoss: alphaLoss!,
      alphaCorrect: alphaCorrect!,
    };
  }

  /** Alpha now, in the rows of its space. */
  async alpha(): Promise<Alpha> {
    return this.rows(await this.k.read(this.state.adam.alpha));
  }

  /** Alpha after every step of this epoch so far. */
  async trail(): Promise<Alpha[]> {
    const values = await this.k.read(this.trailOnDevice);
    const size = sizeOf(this.network.alphaShape);
    return Array.from({ length: this.counts.steps }, (_, step) =>
      this.rows(values.subarray(step * size, (step + 1) * size)),
    );
  }

  /**
   * Mean loss and accuracy of the supernet on all of alpha's images, without augmentation, with batch
   * statistics. Overwrites the epoch's sums: read {@link totals} before.
   */
  async evaluate(): Promise<{ loss: number; accuracy: number }> {
    this.beginEvaluation();
    const plan = this.evaluationPlan;
    const steps = stepsOf(plan);
    const feed = this.evaluationFeed;
    let loss = 0;
    let correct = 0;
    // A short last batch weighs less, so its mean loss is read on its own.
    const full = Math.floor(plan.images / plan.batch);
    for (const [from, to] of [
      [0, full],
      [full, steps],
    ] as const) {
      if (from === to) continue;
      this.resetTotals();
      const { size } = feed;
      for (let step = from; step < to; step++) {
        this.k.fused.run(`evaluate ${size}`, () => this.computeScores());
        feed.clock.step += 1;
        await this.pace();
      }
      const [meanLosses, right] = await this.k.read(this.totalsOnDevice);
      loss += meanLosses! * size;
      correct += right!;
    }
    return { loss: loss / plan.images, accuracy: correct / plan.images };
  }

  async snapshot(): Promise<SearchSnapshot> {
    const { sgd, adam } = this.state;
    return {
      weights: await this.k.read(sgd.weights),
      momentum: await this.k.read(sgd.momentum),
      alpha: await this.k.read(adam.alpha),
      first: await this.k.read(adam.first),
      second: await this.k.read(adam.second),
      alphaSteps: this.alphaSteps,
    };
  }

  dispose(): void {
    this.feed.dispose();
    this.evaluationFeed.dispose();
    this.shelves.weights.dispose();
    this.shelves.alpha.dispose();
    const { sgd, adam } = this.state;
    this.k.free(sgd.weights, sgd.momentum, adam.alpha, adam.first, adam.second);
    this.k.free(this.totalsOnDevice, this.trailOnDevice);
    // Last, so that the buffers of all these go as well.
    this.k.fused.forget();
  }

  private get journal() {
    return { totals: this.totalsOnDevice, trail: this.trailOnDevice };
  }

  private get evaluationPlan(): BatchPlan {
    return { batch: this.config.scale.batch, images: this.shelves.alpha.set.count };
  }

  /** Deals out every image of alpha's half once, as it is. */
  private beginEvaluation(): void {
    const { alpha } = this.shelves;
    const numbers = Uint32Array.from({ length: alpha.set.count }, (_, i) => i);
    const draws = new Map([[alpha, drawsOf(numbers, alpha.set.resolution, null)]]);
    const rows = new Float32Array(stepsOf(this.evaluationPlan) * RATES);
    this.evaluationFeed.begin(this.evaluationPlan, draws, rows);
  }

  private resetTotals(): void {
    this.k.write(this.totalsOnDevice, new Float32Array(5));
  }

  /** One bilevel step, from the feed's batches to the journal. */
  private compute(): void {
    const { k, feed, state, shelves } = this;
    k.scope(() => {
      const train = feed.batch(shelves.weights);
      const valid = this.plan!.alpha ? feed.batch(shelves.alpha) : null;
      const { clock } = feed;
      const scalars = this.method.step(k, this.network, state, { train, valid, clock });
      k.fused.tally(this.journal, clock, { ...scalars, alpha: state.adam.alpha });
      return { keep: [], value: undefined };
    });
  }

  /** The scores of one clean batch. */
  private computeScores(): void {
    const { k, state, shelves } = this;
    const feed = this.evaluationFeed;
    k.scope(() => {
      const p = this.method.mixture(this.network, state.adam.alpha);
      const { scores } = this.network.forward(state.sgd.weights, p, feed.batch(shelves.alpha));
      const nothing = { norm: null, valid: null, alpha: null };
      k.fused.tally(this.journal, feed.clock, { train: scores, ...nothing });
      return { keep: [], value: undefined };
    });
  }

  private rows(values: Float32Array): Alpha {
    let start = 0;
    return spaceOf(this.config)
      .rows(this.config.ops)
      .map(({ columns: { length } }) => [...values.subarray(start, (start += length))]);
  }

  private place(snapshot: SearchSnapshot): SearchState {
    const { k } = this;
    const { layout, alphaShape } = this.network;
    const { size } = layout;
    const alphas = sizeOf(alphaShape);
    if (snapshot.weights.length !== size || snapshot.alpha.length !== alphas) {
      throw new Error(
        `A checkpoint of ${snapshot.weights.length} weights and ${snapshot.alpha.length} alphas ` +
          `does not fit a supernet of ${size} and ${alphas}.`,
      );
    }
    const put = (values: Float32Array, shape: readonly number[]) => k.keep(k.upload(values, shape));
    return {
      sgd: { weights: put(snapshot.weights, [size]), momentum: put(snapshot.momentum, [size]) },
      adam: {
        alpha: put(snapshot.alpha, alphaShape),
        first: put(snapshot.first, alphaShape),
        second: put(snapshot.second, alphaShape),
      },
    };
  }
}
