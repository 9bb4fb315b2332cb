import { sizeOf, type Kernels } from '../../kernels';
import type { Tensor } from '../fused';

/** The address of an operand that is left out. */
export const NONE = 0;

/** What we use of tfjs's wasm backend and its TypeScript does not promise. */
interface Backend {
  readonly wasm: { readonly asm?: { readonly memory?: unknown } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
}

/** The memory of tfjs's wasm backend: where its tensors lie, and scratch space. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  private readonly backend: Backend;

  /** @throws Error when the backend is not tfjs's wasm one with a memory that can be seen */
  constructor(private readonly k: Kernels) {
    this.backend = k.backend as unknown as Backend;
    const memory = this.backend.wasm.asm?.memory;
    if (!(memory instanceof WebAssembly.Memory)) {
      throw new Error("The wasm backend does not show its memory; is this not tfjs's own?");
    }
    this.memory = memory;
  }

  /**
   * A tensor's address.
   *
   * @throws RangeError when there was no memory for it: tfjs does not look
   */
  at(tensor: Tensor | null): number {
    if (!tensor) return NONE;
    const { dataId, offset = 0 } = tensor;
    const { memoryOffset } = this.backend.dataIdMap.get(dataId);
    if (memoryOffset === NONE) throw outOfMemory();
    return memoryOffset + 4 * offset;
  }

  /**
   * A new tensor of whatever its memory held before.
   *
   * @throws RangeError when there is no memory for it
   */
  make(shape: readonly number[]): Tensor {
    const tensor = this.k.allocate(shape);
    // At the end of its four gibibytes tfjs's allocator hands out addresses beyond them.
    if (this.at(tensor) + 4 * sizeOf(shape) > this.memory.buffer.byteLength) throw outOfMemory();
    return tensor;
  }

  /** Where a result goes: the memory of the operand that it consumes, or new memory. */
  reuse(consumed: Tensor | null, shape: readonly number[]): Tensor {
    return consumed ? this.k.view(consumed, shape) : this.make(shape);
  }

  /** Runs `body` with the address of so many bytes that are free until it returns. */
  borrow(bytes: number, body: (space: number) => void): void {
    const space = this.make([Math.ceil(bytes / 4)]);
    try {
      body(this.at(space));
    } finally {
      this.k.free(space);
    }
  }

  /** Writes 32-bit words. */
  write(address: number, words: readonly number[]): void {
    // The memory grows, and a view of it is stale afterwards.
    new Uint32Array(this.memory.buffer, address, words.length).set(words);
  }

  zeros(shape: readonly number[]): Tensor {
    const tensor = this.make(shape);
    new Float32Array(this.memory.buffer, this.at(tensor), sizeOf(shape)).fill(0);
    return tensor;
  }
}

function outOfMemory(): RangeError {
  return new RangeError('WebAssembly ran out of memory.');
}
