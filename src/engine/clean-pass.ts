import { drawsOf } from '../data/draw';
import { stepsOf, type BatchPlan } from './epoch-plan';
import { Feed } from './feed';
import { RATES, type Clock } from './fused/fused';
import type { Kernels, Tensor } from './kernels';
import type { Batch } from './network';
import type { Shelf } from './shelf';

/** Mean loss and accuracy (0..1) over the images of a shelf, each once and without augmentation. */
export class CleanPass {
  private readonly feed: Feed;
  private readonly plan: BatchPlan;

  /**
   * @param totals `[5]`, overwritten; what `score` tallies is added there
   * @param score computes the scores of a batch and tallies them
   * @param first image; those before it are left out
   */
  constructor(
    private readonly k: Kernels,
    private readonly shelf: Shelf,
    batch: number,
    private readonly totals: Tensor,
    private readonly score: (batch: Batch, clock: Clock) => void,
    private readonly first = 0,
  ) {
    this.feed = new Feed(k);
    this.plan = { batch, images: shelf.set.count - first };
  }

  /** For `FusedKernels.prepare`. */
  rehearse(): void {
    this.begin();
    this.feed.rehearse(() => this.compute());
  }

  async run(): Promise<{ readonly loss: number; readonly accuracy: number }> {
    this.begin();
    const { k, feed, plan, totals } = this;
    let loss = 0;
    let correct = 0;
    // A short last batch weighs less, so its mean loss is read on its own.
    const full = Math.floor(plan.images / plan.batch);
    for (const [from, to] of [
      [0, full],
      [full, stepsOf(plan)],
    ] as const) {
      if (from === to) continue;
      k.write(totals, new Float32Array(5));
      const { size } = feed;
      for (let step = from; step < to; step++) {
        k.fused.run(`evaluate ${size}`, () => this.compute());
        feed.clock.step += 1;
        await k.fused.pace();
      }
      const [meanLosses, right] = await k.read(totals);
      loss += meanLosses! * size;
      correct += right!;
    }
    return { loss: loss / plan.images, accuracy: correct / plan.images };
  }

  dispose(): void {
    this.feed.dispose();
  }

  private begin(): void {
    const { shelf, plan, first } = this;
    const numbers = Uint32Array.from({ length: plan.images }, (_, i) => first + i);
    const draws = new Map([[shelf, drawsOf(numbers, shelf.set.resolution, null)]]);
    this.feed.begin(plan, draws, new Float32Array(stepsOf(plan) * RATES));
  }

  private compute(): void {
    const { k, feed, shelf } = this;
    k.scope(() => {
      this.score(feed.batch(shelf), feed.clock);
      return { keep: [], value: undefined };
    });
  }
}
