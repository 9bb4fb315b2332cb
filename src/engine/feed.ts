import { fillDraws } from '../data/augment';
import { sizeOfStep, stepsOf, type BatchPlan } from './epoch-plan';
import { RATES, type Clock } from './fused/fused';
import type { Noise } from './fused/method';
import type { Kernels, Tensor } from './kernels';
import type { Shelf } from './shelf';
import type { Batch } from './network';

/** The draws of a shelf, on the host and, where batches are cut there, on the device. */
interface Slot {
  draws: Int32Array;
  onDevice: Tensor | null;
}

/**
 * Hands out batches step by step, and the rates that go with them. On backends that keep images on the
 * device an epoch's draws and rates are uploaded at its start, in tensors that stay the same, so that
 * no step waits for the host and captured steps find them.
 */
export class Feed {
  private readonly slots = new Map<Shelf, Slot>();
  private table: Tensor | null = null;
  private counter: Tensor | null = null;
  private noise: Noise | null = null;
  private plan: BatchPlan | null = null;
  clock: Clock = { step: 0, rows: new Float32Array(0), table: null, counter: null };

  constructor(private readonly k: Kernels) {}

  /**
   * Starts an epoch. All epochs of a feed have as many steps.
   *
   * @param draws for each shelf in use, a draw for each image of its batches, in order
   * @param rows rates of each step, `[steps, RATES]`
   * @param noise what a random method draws for its steps, `[steps, width]`; null for the others
   */
  begin(
    plan: BatchPlan,
    draws: ReadonlyMap<Shelf, Int32Array>,
    rows: Float32Array,
    noise: Float32Array | null = null,
  ): void {
    this.plan = plan;
    const resident = this.k.fused.augment !== null;
    for (const [shelf, words] of draws) {
      const slot = this.slots.get(shelf) ?? { draws: words, onDevice: null };
      this.slots.set(shelf, slot);
      slot.draws = words;
      if (!resident) continue;
      // The last step may be short; its row is as long as the others.
      const padded = new Int32Array(stepsOf(plan) * plan.batch);
      padded.set(words);
      slot.onDevice = this.fill(slot.onDevice, padded, [stepsOf(plan), plan.batch]);
    }
    if (resident) {
      this.table = this.fill(this.table, rows, [stepsOf(plan), RATES]);
      this.counter = this.fill(this.counter, Int32Array.of(0), [1]);
    }
    if (noise) {
      const width = noise.length / stepsOf(plan);
      const before = this.noise?.table ?? null;
      const table = resident ? this.fill(before, noise, [stepsOf(plan), width]) : null;
      this.noise = { width, rows: noise, table };
    }
    this.clock = { step: 0, rows, table: this.table, counter: this.counter };
  }

  /** Images of the clock's step. */
  get size(): number {
    return sizeOfStep(this.plan!, this.clock.step);
  }

  /** What was drawn for the clock's step, `[width]`; null if nothing was. */
  drawn(): Tensor | null {
    return this.noise && this.k.fused.methods.noise(this.noise, this.clock);
  }

  /** The batch of the clock's step. */
  batch(shelf: Shelf): Batch {
    const { k, size, clock } = this;
    const { draws, onDevice } = this.slots.get(shelf)!;
    if (k.fused.augment) return k.fused.augment(shelf.resident!, onDevice!, size, clock);
    const { resolution } = shelf.set;
    const images = new Float32Array(size * resolution * resolution * 3);
    const labels = new Int32Array(size);
    const first = clock.step * this.plan!.batch;
    fillDraws(shelf.set, draws.subarray(first, first + size), images, labels);
    return {
      images: k.upload(images, [size, resolution, resolution, 3]),
      labels: k.upload(labels, [size]),
    };
  }

  /** Runs `body` at the clock's step and at the last, whose batch may be short and so of other shapes. */
  rehearse(body: () => void): void {
    const { step } = this.clock;
    for (const at of new Set([step, stepsOf(this.plan!) - 1])) {
      this.clock.step = at;
      body();
    }
    this.clock.step = step;
  }

  dispose(): void {
    for (const { onDevice } of this.slots.values()) if (onDevice) this.k.free(onDevice);
    if (this.table) this.k.free(this.table);
    if (this.counter) this.k.free(this.counter);
    if (this.noise?.table) this.k.free(this.noise.table);
  }

  private fill(
    tensor: Tensor | null,
    values: Float32Array | Int32Array,
    shape: readonly number[],
  ): Tensor {
    if (!tensor) return this.k.keep(this.k.upload(values, shape));
    this.k.write(tensor, values);
    return tensor;
  }
}
