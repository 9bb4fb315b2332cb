import type { Alpha } from '../paper/cell';
import type { AlphaOptimiser, EffectiveConfig, WeightOptimiser } from '../paper/config';
import { CLASSES } from '../data/images';
import { RandomStream } from '../data/random';
import type { Kernels, TensorInfo } from './kernels';
import { METHODS } from './method/registry';
import type { SearchMethod, SearchState } from './method/method';
import { Supernet, type Batch } from './supernet';

/** Everything that a search carries over an epoch edge, on the host. */
export interface SearchSnapshot {
  readonly weights: Float32Array;
  readonly momentum: Float32Array;
  /** `[6 * ops]` each, row by row. */
  readonly alpha: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Adam steps taken. */
  readonly alphaSteps: number;
}

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

export interface StepRates {
  /** Rate of the weights in this epoch. */
  readonly weightRate: number;
  readonly weights: WeightOptimiser;
  readonly alpha: AlphaOptimiser;
}

/** A search in progress: supernet, optimisers and method on one backend. */
export class Search {
  readonly supernet: Supernet;
  private readonly method: SearchMethod;
  private state: SearchState;
  /** loss, correct, norm, alpha loss, alpha correct; on the device, so that no step waits. */
  private sums: (TensorInfo | null)[] = [null, null, null, null, null];
  private counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };

  constructor(
    private readonly k: Kernels,
    private readonly config: EffectiveConfig,
    start: SearchSnapshot | { readonly seed: number },
  ) {
    const { channels, cells, resolution } = config.scale;
    const { ops, method } = config;
    this.supernet = new Supernet(k, { channels, cells, resolution, ops, classes: CLASSES });
    this.method = METHODS[method];
    this.state = this.place('seed' in start ? this.initial(start.seed) : start);
  }

  /** One bilevel step; `valid` null while alpha is frozen. */
  step(train: Batch, valid: Batch | null, rates: StepRates): void {
    const { k } = this;
    const before = this.state;
    this.state = k.scope(() => {
      const { state, scalars } = this.method.step(k, this.supernet, before, {
        train,
        valid,
        ...rates,
      });
      const { loss, correct, norm, alphaLoss, alphaCorrect } = scalars;
      this.sums = [loss, correct, norm, alphaLoss, alphaCorrect].map((value, i) => {
        const sum = this.sums[i] ?? null;
        if (!value) return sum;
        if (!sum) return k.keep(value);
        const total = k.keep(k.add(sum, value));
        k.free(sum);
        return total;
      });
      return { keep: tensorsOf(state), value: state };
    });
    const kept = new Set(tensorsOf(this.state).map((tensor) => tensor.dataId));
    for (const tensor of tensorsOf(this.state)) k.keep(tensor);
    k.free(...tensorsOf(before).filter((tensor) => !kept.has(tensor.dataId)));
    this.counts.steps += 1;
    this.counts.images += train.labels.length;
    this.counts.alphaSteps += valid ? 1 : 0;
    this.counts.alphaImages += valid?.labels.length ?? 0;
  }

  /** Reads the sums back; the only wait of an epoch besides alpha's. */
  async totals(): Promise<Totals> {
    const values: number[] = [];
    for (const sum of this.sums) values.push(sum ? (await this.k.read(sum))[0]! : 0);
    const [loss, correct, norm, alphaLoss, alphaCorrect] = values as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { ...this.counts, loss, correct, norm, alphaLoss, alphaCorrect };
  }

  /** Starts the sums of a new epoch. */
  resetTotals(): void {
    for (const sum of this.sums) if (sum) this.k.free(sum);
    this.sums = [null, null, null, null, null];
    this.counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };
  }

  /** Alpha now, rows by edge. */
  async alpha(): Promise<Alpha> {
    const values = await this.k.read(this.state.adam.alpha);
    const columns = this.config.ops.length;
    return Array.from({ length: 6 }, (_, edge) => [
      ...values.subarray(edge * columns, (edge + 1) * columns),
    ]);
  }

  /** Mean loss and accuracy of the supernet over clean batches, batch statistics. */
  async evaluate(batches: Iterable<Batch>): Promise<{ loss: number; accuracy: number }> {
    const { k } = this;
    let images = 0;
    let loss = 0;
    let correct = 0;
    for (const batch of batches) {
      const scalars = k.scope(() => {
        const p = this.method.mixture(this.supernet, this.state.adam.alpha);
        const pass = this.supernet.forward(this.state.sgd.weights, p, batch);
        const pair = k.concat([pass.loss, pass.correct], 0);
        return { keep: [pair], value: pair };
      });
      const [batchLoss, batchCorrect] = await k.read(scalars);
      k.free(scalars);
      const size = batch.labels.length;
      loss += batchLoss! * size;
      correct += batchCorrect!;
      images += size;
    }
    return { loss: loss / images, accuracy: correct / images };
  }

  async snapshot(): Promise<SearchSnapshot> {
    const { sgd, adam } = this.state;
    return {
      weights: await this.k.read(sgd.weights),
      momentum: await this.k.read(sgd.momentum),
      alpha: await this.k.read(adam.alpha),
      first: await this.k.read(adam.first),
      second: await this.k.read(adam.second),
      alphaSteps: adam.step,
    };
  }

  dispose(): void {
    this.resetTotals();
    this.k.free(...tensorsOf(this.state));
  }

  /** PyTorch's default initial values; a stream per tensor, so that shared ones are equal in all arms. */
  private initial(seed: number): SearchSnapshot {
    const { layout } = this.supernet;
    const columns = this.config.ops.length;
    const weights = layout.build(({ name, fanIn, constant }) => {
      if (fanIn === null) return () => constant;
      const stream = RandomStream.named(seed, `init/${name}`);
      const bound = 1 / Math.sqrt(fanIn);
      return () => (2 * stream.uniform() - 1) * bound;
    });
    const alpha = new Float32Array(6 * columns);
    this.config.ops.forEach((op, column) => {
      const stream = RandomStream.named(seed, `init/alpha/${op}`);
      for (let edge = 0; edge < 6; edge++) {
        alpha[edge * columns + column] = this.config.alpha.init * stream.normal();
      }
    });
    return {
      weights,
      momentum: new Float32Array(layout.size),
      alpha,
      first: new Float32Array(6 * columns),
      second: new Float32Array(6 * columns),
      alphaSteps: 0,
    };
  }

  private place(snapshot: SearchSnapshot): SearchState {
    const { k } = this;
    const { size } = this.supernet.layout;
    const columns = this.config.ops.length;
    if (snapshot.weights.length !== size || snapshot.alpha.length !== 6 * columns) {
      throw new Error(
        `A checkpoint of ${snapshot.weights.length} weights and ${snapshot.alpha.length} alphas ` +
          `does not fit a supernet of ${size} and ${6 * columns}.`,
      );
    }
    const put = (values: Float32Array, shape: readonly number[]) => k.keep(k.upload(values, shape));
    return {
      sgd: { weights: put(snapshot.weights, [size]), momentum: put(snapshot.momentum, [size]) },
      adam: {
        alpha: put(snapshot.alpha, [6, columns]),
        first: put(snapshot.first, [6, columns]),
        second: put(snapshot.second, [6, columns]),
        step: snapshot.alphaSteps,
      },
    };
  }
}

function tensorsOf({ sgd, adam }: SearchState): TensorInfo[] {
  return [sgd.weights, sgd.momentum, adam.alpha, adam.first, adam.second];
}
