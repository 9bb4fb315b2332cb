/** What was asked of the GPU since {@link watchGpu}. */
export interface GpuWatch {
  /** Compute dispatches encoded so far. */
  readonly dispatches: number;
  /** Bytes of all buffers that exist, and the most since {@link resetPeak}. */
  readonly bytes: number;
  readonly peakBytes: number;
  resetPeak(): void;
  /** Takes the watch away. */
  stop(): void;
}

/**
 * Counts dispatches and bytes of buffers, whoever asks for them, by standing before the methods of
 * WebGPU. To be called before the device is opened.
 *
 * @returns null where there is no WebGPU
 */
export function watchGpu(): GpuWatch | null {
  if (typeof GPUDevice === 'undefined') return null;
  const alive = new WeakSet<GPUBuffer>();
  let dispatches = 0;
  let bytes = 0;
  let peakBytes = 0;
  const count = () => {
    dispatches += 1;
  };
  const restore = [
    listen(GPUDevice.prototype, 'createBuffer', (_, made) => {
      alive.add(made as GPUBuffer);
      bytes += (made as GPUBuffer).size;
      peakBytes = Math.max(peakBytes, bytes);
    }),
    listen(GPUBuffer.prototype, 'destroy', (buffer) => {
      // Destroying twice is allowed.
      if (alive.delete(buffer)) bytes -= buffer.size;
    }),
    listen(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', count),
    listen(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', count),
  ];
  return {
    get dispatches() {
      return dispatches;
    },
    get bytes() {
      return bytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    resetPeak: () => {
      peakBytes = bytes;
    },
    stop: () => restore.forEach((put) => put()),
  };
}

/**
 * Hears of every call of a method, after it.
 *
 * @returns what puts the method back
 */
function listen<Self extends object, Key extends keyof Self>(
  prototype: Self,
  key: Key,
  hear: (self: Self, result: unknown) => void,
): () => void {
  const original = prototype[key];
  const method = original as (this: Self, ...args: unknown[]) => unknown;
  const heard = function (this: Self, ...args: unknown[]): unknown {
    const result = method.apply(this, args);
    hear(this, result);
    return result;
  };
  prototype[key] = heard as Self[Key];
  return () => {
    prototype[key] = original;
  };
}
