import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendName } from '../trace/types';
import type { Tensor } from './fused/operands';

/** What we use of tfjs's backends beyond their common interface. */
export interface Backend extends KernelBackend {
  numDataIds(): number;
  /** On wasm a part can be read; elsewhere the bounds are ignored. */
  readSync(dataId: object, start?: number, end?: number): ReturnType<KernelBackend['readSync']>;
}

interface WasmBackend extends Backend {
  makeOutput(shape: number[], dtype: 'float32' | 'int32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array;
}

interface WebGpuBackend extends Backend {
  readonly queue: GPUQueue;
  readonly commandEncoder: GPUCommandEncoder | null;
  readonly tensorMap: { get(dataId: object): { resource: GPUBuffer | null; values: unknown } };
  uploadToGPU(dataId: object): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

type Values = Float32Array | Int32Array;
type NumberType = 'float32' | 'int32';

/**
 * The memory of tensors on a backend of tfjs.
 *
 * Every result must be freed: {@link scope} does it for all that was made inside, without the
 * bookkeeping of tfjs's own scopes.
 */
export class Tensors {
  private readonly constants = new Map<string, TensorInfo>();
  /** Results of the open scope by data id; a view shares the id of what it views. */
  private live = new Map<object, TensorInfo>();

  constructor(
    readonly backend: Backend,
    readonly name: BackendName,
  ) {}

  private readonly sizes = new Map<object, number>();
  private bytes = 0;
  /** Largest sum of the sizes of all tensors alive at one time, since {@link resetPeak}. */
  peakBytes = 0;
  /** Size of the largest tensor so far. */
  largestBytes = 0;

  resetPeak(): void {
    this.peakBytes = this.bytes;
  }

  /** Data containers alive on the backend: equal before and after every step, or there is a leak. */
  get count(): number {
    return this.backend.numDataIds();
  }

  /** Runs `body` and frees all that it made, except what it returns in `keep`. */
  scope<T>(body: () => { readonly keep: readonly TensorInfo[]; readonly value: T }): T {
    const outer = this.live;
    this.live = new Map();
    try {
      const { keep, value } = body();
      for (const tensor of keep) {
        if (this.live.delete(tensor.dataId)) outer.set(tensor.dataId, tensor);
      }
      return value;
    } finally {
      for (const tensor of this.live.values()) this.release(tensor);
      this.live = outer;
    }
  }

  /** Takes a result out of the scope's care: the caller frees it with {@link free}. */
  keep(tensor: TensorInfo): TensorInfo {
    this.live.delete(tensor.dataId);
    return tensor;
  }

  /** Frees results early, where memory is worth it. */
  free(...tensors: readonly TensorInfo[]): void {
    for (const tensor of tensors) {
      this.live.delete(tensor.dataId);
      this.release(tensor);
    }
  }

  /** Frees the cached constants. */
  dispose(): void {
    this.free(...this.constants.values());
    this.constants.clear();
  }

  upload(values: Values, shape: readonly number[]): TensorInfo {
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    // The cpu backend keeps the array itself, and tensors change in place.
    const own = this.name === 'cpu' ? values.slice() : values;
    const dataId = this.backend.write(own, [...shape], dtype);
    return this.own({ dataId, shape: [...shape], dtype });
  }

  /** A tensor of whatever its memory held before. */
  allocate(shape: readonly number[], dtype: NumberType = 'float32'): TensorInfo {
    if (this.name === 'wasm') {
      return this.own((this.backend as WasmBackend).makeOutput([...shape], dtype));
    }
    if (this.name === 'cpu') {
      const size = sizeOf(shape);
      return this.upload(dtype === 'int32' ? new Int32Array(size) : new Float32Array(size), shape);
    }
    const dataId = this.backend.write(null as unknown as Float32Array, [...shape], dtype);
    (this.backend as WebGpuBackend).uploadToGPU(dataId);
    return this.own({ dataId, shape: [...shape], dtype });
  }

  /**
   * The memory of a tensor as the host sees it, on backends that live there; stale once anything else
   * is made on wasm, whose memory grows.
   */
  host(tensor: Tensor): Float32Array {
    const { offset = 0 } = tensor;
    const size = sizeOf(tensor.shape);
    if (this.name === 'wasm') {
      const all = { ...tensor, shape: [offset + size] };
      const values = (this.backend as WasmBackend).typedArrayFromHeap(all) as Float32Array;
      return values.subarray(offset);
    }
    if (this.name === 'cpu') {
      const values = this.backend.readSync(tensor.dataId) as Float32Array;
      return values.subarray(offset, offset + size);
    }
    throw new Error('A tensor on the GPU cannot be seen from the host.');
  }

  /** Overwrites a tensor with values of the host. */
  write(tensor: Tensor, values: Values): void {
    if (values.length !== sizeOf(tensor.shape)) {
      throw new RangeError(`${values.length} values do not fit [${tensor.shape.join()}].`);
    }
    if (this.name !== 'webgpu') {
      this.host(tensor).set(values);
      return;
    }
    const backend = this.backend as WebGpuBackend;
    backend.uploadToGPU(tensor.dataId);
    // What was encoded before must run before, the first upload of this tensor included.
    if (backend.commandEncoder) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    const { resource } = backend.tensorMap.get(tensor.dataId);
    const { buffer, byteOffset, byteLength } = values;
    const at = 4 * (tensor.offset ?? 0);
    backend.queue.writeBuffer(resource!, at, buffer, byteOffset, byteLength);
  }

  /** Copies values between tensors of host backends. */
  assign(into: Tensor, from: TensorInfo): void {
    this.host(into).set(this.host(from));
  }

  /** Values on the host. On wasm and cpu the promise is settled at once. */
  async read(tensor: TensorInfo): Promise<Float32Array> {
    const values = (await this.backend.read(tensor.dataId)) as Float32Array;
    if (this.name === 'webgpu') {
      // tfjs keeps what it read and would answer with it after the tensor has changed in place. What
      // was never on the GPU has no other copy.
      const data = (this.backend as WebGpuBackend).tensorMap.get(tensor.dataId);
      if (data.resource) data.values = null;
    }
    return Float32Array.from(values.subarray(0, sizeOf(tensor.shape)));
  }

  /** A tensor that is made once and lives as long as the engine. */
  constant(key: string, shape: readonly number[], fill: () => Float32Array): TensorInfo {
    const known = this.constants.get(key);
    if (known) return known;
    const made = this.keep(this.upload(fill(), shape));
    this.constants.set(key, made);
    return made;
  }

  scalar(value: number): TensorInfo {
    return this.constant(`scalar ${value}`, [1], () => Float32Array.of(value));
  }

  /** The same memory under another shape; nothing is copied or owned. */
  view(tensor: Tensor, shape: readonly number[]): Tensor {
    return { ...tensor, shape: [...shape] };
  }

  /** A stretch of a tensor's memory from element `offset` on; nothing is copied or owned. */
  part(tensor: TensorInfo, offset: number, shape: readonly number[]): Tensor {
    return { dataId: tensor.dataId, dtype: tensor.dtype, shape: [...shape], offset };
  }

  /** The tensor, copied if it is a part of another one's memory, as stock kernels need it. */
  solid(tensor: Tensor): TensorInfo {
    if (tensor.offset === undefined) return tensor;
    return this.upload(this.host(tensor).slice(), tensor.shape);
  }

  /** An image batch as `[pixels, channels]`. */
  table(image: TensorInfo): TensorInfo {
    const channels = image.shape[image.shape.length - 1]!;
    return this.view(image, [sizeOf(image.shape) / channels, channels]);
  }

  /** Takes what a kernel of the backend answered with into the scope's care. */
  protected adopt(tensor: TensorInfo): TensorInfo {
    if (!this.sizes.has(tensor.dataId)) return this.own(tensor);
    // Some kernels answer with their input under another type, and count one more owner of it.
    this.backend.disposeData(tensor.dataId);
    return tensor;
  }

  private own(tensor: TensorInfo): TensorInfo {
    this.live.set(tensor.dataId, tensor);
    const bytes = 4 * sizeOf(tensor.shape);
    this.sizes.set(tensor.dataId, bytes);
    this.bytes += bytes;
    if (this.bytes > this.peakBytes) this.peakBytes = this.bytes;
    if (bytes > this.largestBytes) this.largestBytes = bytes;
    return tensor;
  }

  private release(tensor: TensorInfo): void {
    this.bytes -= this.sizes.get(tensor.dataId) ?? 0;
    this.sizes.delete(tensor.dataId);
    this.backend.disposeData(tensor.dataId);
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
