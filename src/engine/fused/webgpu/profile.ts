/** Time that all dispatches of one kernel took. */
export interface KernelTime {
  readonly name: string;
  readonly count: number;
  readonly ms: number;
}

/** Dispatches that one query set holds two timestamps of. */
const MOST = 2048;

/** Timestamps around every dispatch. */
export class Profile {
  private readonly sets: GPUQuerySet[] = [];
  private readonly names: string[] = [];

  constructor(private readonly device: GPUDevice) {}

  next(name: string): GPUComputePassTimestampWrites {
    const place = this.names.push(name) - 1;
    if (place % MOST === 0) {
      this.sets.push(this.device.createQuerySet({ type: 'timestamp', count: 2 * MOST }));
    }
    const first = 2 * (place % MOST);
    return {
      querySet: this.sets.at(-1)!,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** Call once all is submitted. Slowest kernel first. */
  async times(): Promise<KernelTime[]> {
    const sums = new Map<string, { count: number; ms: number }>();
    for (const [at, set] of this.sets.entries()) {
      const names = this.names.slice(at * MOST, (at + 1) * MOST);
      const stamps = await this.read(set, 2 * names.length);
      names.forEach((name, i) => {
        const { count, ms } = sums.get(name) ?? { count: 0, ms: 0 };
        const taken = Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6;
        sums.set(name, { count: count + 1, ms: ms + taken });
      });
      set.destroy();
    }
    return [...sums].map(([name, sum]) => ({ name, ...sum })).toSorted((a, b) => b.ms - a.ms);
  }

  private async read(set: GPUQuerySet, count: number): Promise<BigInt64Array> {
    const { device } = this;
    const size = 8 * count;
    const resolved = device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const mapped = device.createBuffer({
      size,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, mapped, 0, size);
    device.queue.submit([encoder.finish()]);
    await mapped.mapAsync(GPUMapMode.READ);
    const stamps = new BigInt64Array(mapped.getMappedRange().slice(0));
    resolved.destroy();
    mapped.destroy();
    return stamps;
  }
}
