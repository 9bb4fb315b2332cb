import type { EpochPlan } from './epoch-plan';
import { Feed } from './feed';
import { RATES } from './fused/fused';
import { sizeOf, type Kernels, type Tensor } from './kernels';
import type { Batch, Network } from './network';
import type { Shelf } from './shelf';

/** What a trial of cells needs beside the supernet. */
export interface TrialPlan {
  /** An operation's place for each edge of each cell. */
  readonly cells: readonly (readonly number[])[];
  /** Images of each cell's batch. */
  readonly batch: number;
  /** A draw (`data/draw.ts`) for each image of the cells' batches, in order. */
  readonly draws: EpochPlan['train'];
}

/** Accuracies of single cells inside a supernet, each on a batch of its own. */
export class CellTrial {
  private readonly feed: Feed;
  private readonly totals: Tensor;
  private results: Tensor | null = null;

  /**
   * @param weights the supernet's flat parameters
   * @param name of its captured steps: no two trials of a search share it
   */
  constructor(
    private readonly k: Kernels,
    private readonly network: Network,
    private readonly weights: Tensor,
    private readonly shelf: Shelf,
    private readonly name = 'try',
  ) {
    this.feed = new Feed(k);
    this.totals = k.keep(k.upload(new Float32Array(5), [5]));
  }

  /** For `FusedKernels.prepare`. */
  rehearse(plan: TrialPlan): void {
    this.begin(plan);
    this.compute();
  }

  /** Share of right answers of each cell. All trials have as many cells and images. */
  async run(plan: TrialPlan): Promise<number[]> {
    this.begin(plan);
    const { k, feed } = this;
    for (let cell = 0; cell < plan.cells.length; cell++) {
      k.fused.run(`${this.name} ${plan.batch}`, () => this.compute());
      feed.clock.step += 1;
      await k.fused.pace();
    }
    const scores = await k.read(this.results!);
    return plan.cells.map((_, cell) => scores[2 * cell + 1]! / plan.batch);
  }

  dispose(): void {
    this.feed.dispose();
    this.k.free(this.totals);
    if (this.results) this.k.free(this.results);
  }

  private begin({ cells, batch, draws }: TrialPlan): void {
    const { k, feed, shelf, network } = this;
    const count = cells.length;
    this.results ??= k.keep(k.upload(new Float32Array(2 * count), [count, 2]));
    const rows = new Float32Array(count * RATES);
    const { alphaShape } = network;
    const mixtures = Float32Array.from(cells.flatMap((cell) => [...oneHot(cell, alphaShape)]));
    feed.begin({ batch, images: count * batch }, new Map([[shelf, draws]]), rows, mixtures);
  }

  /** One cell's scores, into its row. */
  private compute(): void {
    const { k, feed, network, weights, totals, results } = this;
    k.scope(() => {
      const batch: Batch = feed.batch(this.shelf);
      const p = k.view(feed.drawn()!, network.alphaShape);
      const { scores } = network.forward(weights, p, batch, { sparse: true });
      // The journal's trail has a row for each step, whatever stands in it.
      const journal = { totals, trail: results! };
      const step = { train: scores, norm: null, valid: null, alpha: scores };
      k.fused.tally(journal, feed.clock, step);
      return { keep: [], value: undefined };
    });
  }
}

/** A cell as mixture weights: a 1 on each edge. */
export function oneHot(cell: readonly number[], shape: readonly number[]): Float32Array {
  const p = new Float32Array(sizeOf(shape));
  cell.forEach((column, edge) => (p[edge * shape[1]! + column] = 1));
  return p;
}
