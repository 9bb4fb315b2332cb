import { Feed } from './feed';
import { RATES } from './fused/fused';
import { HeldGates } from './gates';
import { hessianOf, alphaPairs, type AlphaPair } from './hessian';
import { sizeOf, type Kernels, type Tensor } from './kernels';
import { blockWidth, nthBlock } from './method/draws';
import type { Batch, Network } from './network';
import type { Shelf } from './shelf';

/** The Hessian by alpha of a batch's loss, at the present weights. */
export class AlphaProbe {
  private readonly feed: Feed;
  private readonly totals: Tensor;
  private readonly results: Tensor;

  /** @param weights the supernet's flat parameters */
  constructor(
    private readonly k: Kernels,
    private readonly network: Network,
    private readonly weights: Tensor,
    private readonly shelf: Shelf,
  ) {
    this.feed = new Feed(k);
    this.totals = k.keep(k.upload(new Float32Array(5), [5]));
    const size = sizeOf(network.alphaShape);
    this.results = k.keep(k.upload(new Float32Array(size * size), [size, size]));
  }

  /** For `FusedKernels.prepare`. */
  rehearse(draws: Int32Array): void {
    this.begin(new Float32Array(sizeOf(this.network.alphaShape)), draws);
    this.compute();
  }

  /**
   * A row for each entry of alpha; symmetric but for rounding.
   *
   * @param alpha logits of the mixture, `[alphas]`
   * @param draws a draw (`data/draw.ts`) for each image of the batch; always as many
   */
  async hessian(alpha: Float32Array, draws: Int32Array): Promise<number[][]> {
    const { k, feed } = this;
    const pairs = this.begin(alpha, draws);
    for (let entry = 0; entry < pairs.length; entry++) {
      k.fused.run(`probe ${draws.length}`, () => this.compute());
      feed.clock.step += 1;
      await k.fused.pace();
    }
    const rows = await k.read(this.results);
    const { length } = alpha;
    const differences = pairs.map((_, i) => rows.subarray(i * length, (i + 1) * length));
    return hessianOf(pairs, differences);
  }

  dispose(): void {
    this.feed.dispose();
    this.k.free(this.totals, this.results);
  }

  /** A step of the feed for each entry of alpha, all on one batch; as noise, what it is computed from. */
  private begin(alpha: Float32Array, draws: Int32Array): AlphaPair[] {
    const pairs = alphaPairs(alpha);
    const batch = draws.length;
    const steps = pairs.length;
    const repeated = new Int32Array(steps * batch);
    const width = probeWidth(alpha.length);
    const tables = new Float32Array(steps * width);
    pairs.forEach(({ plus, minus }, i) => {
      repeated.set(draws, i * batch);
      [alpha, plus, minus].forEach((table, at) => tables.set(table, i * width + (at * width) / 3));
    });
    const plan = { batch, images: steps * batch };
    const rows = new Float32Array(steps * RATES);
    this.feed.begin(plan, new Map([[this.shelf, repeated]]), rows, tables);
    return pairs;
  }

  /** One entry's difference, into its row. */
  private compute(): void {
    const { k, feed, network, weights, totals, results } = this;
    k.scope(() => {
      const { scores, difference } = probe(
        k,
        network,
        weights,
        feed.batch(this.shelf),
        feed.drawn()!,
      );
      // The journal's trail has a row for each step, whatever stands in it.
      const journal = { totals, trail: results };
      const step = { train: scores, norm: null, valid: null, alpha: difference };
      k.fused.tally(journal, feed.clock, step);
      return { keep: [], value: undefined };
    });
  }
}

/** Numbers of {@link probe}'s tables. @param alphas entries of alpha */
export function probeWidth(alphas: number): number {
  return 3 * blockWidth(alphas);
}

/**
 * The difference of a batch's gradients by alpha at two alphas, both with the gates that a third one
 * decides, and the scores at that.
 *
 * @param tables the third alpha, plus and minus, `[probeWidth]`
 */
export function probe(
  k: Kernels,
  network: Network,
  weights: Tensor,
  batch: Batch,
  tables: Tensor,
): { readonly scores: Tensor; readonly difference: Tensor } {
  const { alphaShape } = network;
  const mixtureAt = (index: number) =>
    network.mixture(k.view(nthBlock(k, tables, index, 3), alphaShape));
  const gates = new HeldGates(k);
  const scores = k.scope(() => {
    const pass = network.forward(weights, mixtureAt(0), batch, { gates: gates.deciding });
    return { keep: [pass.scores], value: pass.scores };
  });
  const gradientAt = (index: number) =>
    k.scope(() => {
      const p = mixtureAt(index);
      const pass = network.forward(weights, p, batch, { gates: gates.held });
      const gradient = network.mixtureInput(p, pass.mixtureGradient());
      return { keep: [gradient], value: gradient };
    });
  const sides = { plus: gradientAt(1), minus: gradientAt(2) };
  gates.dispose();
  const difference = k.fused.methods.apart(k.fused.zeros(alphaShape), sides, 1);
  return { scores, difference };
}
