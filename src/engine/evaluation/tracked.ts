import { aligned, Parameters } from '../parameters';

/** A batch norm's place among the running statistics: `[2, channels]`, mean and variance. */
interface NormPlace {
  readonly offset: number;
  readonly channels: number;
}

/** Weights whose batch norms keep running statistics, in a vector of their own. */
export abstract class TrackedParameters extends Parameters {
  /** In the order of the batch norms. */
  readonly norms = new Map<string, NormPlace>();
  private statistics = 0;

  /** Elements of the running statistics, gaps included. */
  get statisticsSize(): number {
    return this.statistics;
  }

  /** Where PyTorch starts: mean 0, variance 1. */
  initialStatistics(): Float32Array {
    const values = new Float32Array(this.statistics);
    for (const { offset, channels } of this.norms.values()) {
      values.fill(1, offset + channels, offset + 2 * channels);
    }
    return values;
  }

  protected override norm(key: string, channels: number): void {
    super.norm(key, channels);
    this.norms.set(key, { offset: this.statistics, channels });
    this.statistics = aligned(this.statistics + 2 * channels);
  }
}
