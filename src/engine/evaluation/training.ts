import type { ImageSet } from '../../data/images';
import type { WeightOptimiser } from '../../paper/config';
import { CleanPass } from '../clean-pass';
import { stepsOf, weightRows, type BatchPlan } from '../epoch-plan';
import { Feed } from '../feed';
import type { Clock, SgdState } from '../fused/fused';
import type { Kernels, Tensor } from '../kernels';
import type { Batch } from '../network';
import { Shelf } from '../shelf';
import { initialWeights } from '../snapshot';
import { derivedNetwork, type DerivedArchitecture, type DerivedNetwork } from './derived';
import { FixedStatistics, trackedStatistics } from './running';
import type { TrackedParameters } from './tracked';

/** All that a training carries over an epoch edge, on the host. */
export interface TrainingSnapshot {
  /** `[layout.size]` each. */
  readonly weights: Float32Array;
  readonly momentum: Float32Array;
  /** `[layout.statisticsSize]` */
  readonly running: Float32Array;
}

/** All that the steps of one epoch need beside the training's state. */
export interface TrainingPlan extends BatchPlan {
  /** A draw (`data/draw.ts`) for each image of the batches, in order: `[images]`. */
  readonly draws: Int32Array;
  readonly rate: number;
  readonly optimiser: Pick<WeightOptimiser, 'momentum' | 'decay'>;
}

/** Sums over the steps since the epoch began. */
export interface TrainingTotals {
  readonly steps: number;
  readonly images: number;
  /** Of the steps' mean losses. */
  readonly loss: number;
  readonly correct: number;
}

/** Stand-alone training of one cell on one backend. */
export class Training {
  readonly layout: TrackedParameters;
  private readonly network: DerivedNetwork;
  private readonly sgd: SgdState;
  private readonly running: Tensor;
  private readonly shelves: { readonly train: Shelf; readonly test: Shelf };
  private readonly feed: Feed;
  /** `[5]`, see `Journal`; only loss and right answers are of use here. */
  private readonly totalsOnDevice: Tensor;
  private readonly fixed: FixedStatistics;
  private readonly test: CleanPass;
  private counts = { steps: 0, images: 0 };

  /**
   * @param batch images of an evaluation's steps
   * @param start a snapshot to go on from, or the seed of the initial values
   */
  constructor(
    private readonly k: Kernels,
    architecture: DerivedArchitecture,
    data: { readonly train: ImageSet; readonly test: ImageSet },
    batch: number,
    start: TrainingSnapshot | { readonly seed: number },
  ) {
    this.network = derivedNetwork(k, architecture);
    this.layout = this.network.layout;
    const { weights, momentum, running } = 'seed' in start ? this.initial(start.seed) : start;
    if (weights.length !== this.layout.size || running.length !== this.layout.statisticsSize) {
      throw new Error(
        `A checkpoint of ${weights.length} weights and ${running.length} running statistics does ` +
          `not fit a network of ${this.layout.size} and ${this.layout.statisticsSize}.`,
      );
    }
    const put = (values: Float32Array) => k.keep(k.upload(values, [values.length]));
    this.sgd = { weights: put(weights), momentum: put(momentum) };
    this.running = put(running);
    this.shelves = { train: new Shelf(k, data.train), test: new Shelf(k, data.test) };
    this.feed = new Feed(k);
    this.totalsOnDevice = put(new Float32Array(5));
    this.fixed = new FixedStatistics(k, this.layout);
    const score = (images: Batch, clock: Clock) => this.score(images, clock);
    this.test = new CleanPass(k, this.shelves.test, batch, this.totalsOnDevice, score);
  }

  /** Starts an epoch. All epochs have as many steps. */
  begin(plan: TrainingPlan): void {
    const rows = weightRows(stepsOf(plan), plan.rate, plan.optimiser);
    this.feed.begin(plan, new Map([[this.shelves.train, plan.draws]]), rows);
    this.k.write(this.totalsOnDevice, new Float32Array(5));
    this.counts = { steps: 0, images: 0 };
  }

  step(): void {
    const { feed, counts } = this;
    const { size } = feed;
    this.k.fused.run(`train ${size}`, () => this.compute());
    feed.clock.step += 1;
    counts.steps += 1;
    counts.images += size;
  }

  /** Compiles what an epoch and the evaluation need; see `FusedKernels.prepare`. */
  async prepare(progress?: (share: number) => void): Promise<void> {
    await this.k.fused.prepare(() => {
      this.feed.rehearse(() => this.compute());
      this.test.rehearse();
    }, progress);
  }

  /** Settles when the device is at most a few steps behind. */
  pace(): Promise<void> {
    return this.k.fused.pace();
  }

  /** Reads the sums of this epoch back. */
  async totals(): Promise<TrainingTotals> {
    const [loss, correct] = await this.k.read(this.totalsOnDevice);
    return { ...this.counts, loss: loss!, correct: correct! };
  }

  /**
   * Mean loss and accuracy (0..1) on all test images, without augmentation, with the running
   * statistics. Overwrites the epoch's sums: read {@link totals} before.
   */
  async evaluate(): Promise<{ readonly loss: number; readonly accuracy: number }> {
    this.fixed.set(await this.k.read(this.running));
    return this.test.run();
  }

  async snapshot(): Promise<TrainingSnapshot> {
    const { weights, momentum } = this.sgd;
    return {
      weights: await this.k.read(weights),
      momentum: await this.k.read(momentum),
      running: await this.k.read(this.running),
    };
  }

  dispose(): void {
    const { k, feed, test, shelves, sgd } = this;
    feed.dispose();
    test.dispose();
    this.fixed.dispose();
    shelves.train.dispose();
    shelves.test.dispose();
    k.free(sgd.weights, sgd.momentum, this.running, this.totalsOnDevice);
    // Last, so that the buffers of all these go as well.
    k.fused.forget();
  }

  private initial(seed: number): TrainingSnapshot {
    return {
      weights: initialWeights(this.layout, seed),
      momentum: new Float32Array(this.layout.size),
      running: this.layout.initialStatistics(),
    };
  }

  /** One step, from the feed's batch to the sums. */
  private compute(): void {
    const { k, network, layout, sgd, feed } = this;
    k.scope(() => {
      const statistics = trackedStatistics(k, layout, this.running);
      const { clock } = feed;
      const pass = network.forward(sgd.weights, feed.batch(this.shelves.train), statistics);
      k.fused.sgd(sgd, pass.gradient(), clock);
      this.tally(pass.scores, clock);
      return { keep: [], value: undefined };
    });
  }

  private score(batch: Batch, clock: Clock): void {
    const { scores } = this.network.forward(this.sgd.weights, batch, this.fixed);
    this.tally(scores, clock);
  }

  private tally(scores: Tensor, clock: Clock): void {
    // The trail is of alpha, which these networks do not have.
    const journal = { totals: this.totalsOnDevice, trail: this.totalsOnDevice };
    this.k.fused.tally(journal, clock, { train: scores, norm: null, valid: null, alpha: null });
  }
}
