import { Arena } from './arena';
import type { BufferManager } from './backend';

/** Who may use a buffer again once it is released. */
type Owner = 'general' | 'arena' | 'pinned';

/**
 * Hands out GPU buffers in tfjs's place, and counts their bytes.
 *
 * While steps are recorded, buffers come from an *arena*: released ones serve again within the
 * recording, whose replays keep its order, and in other recordings, which never run at the same time,
 * but nowhere else until {@link clear}. Uniforms keep their contents, so they are never used twice.
 */
export class Buffers implements BufferManager {
  /** Of all buffers that exist, used or not. */
  bytes = 0;
  /** Largest {@link bytes} since {@link resetPeak}. */
  peakBytes = 0;
  numBytesUsed = 0;

  private readonly owners = new Map<GPUBuffer, Owner>();
  private readonly used = new Set<GPUBuffer>();
  /** Released buffers by size and usage. */
  private readonly general = new Map<string, GPUBuffer[]>();
  /** Released buffers of recordings by usage. */
  private readonly arenas = new Map<GPUBufferUsageFlags, Arena<GPUBuffer>>();
  private recording = false;
  /** Buffers that were filled with the host's values while recording. */
  private readonly filled = new Set<GPUBuffer>();

  constructor(private readonly device: GPUDevice) {}

  get numBytesAllocated(): number {
    return this.bytes;
  }

  getNumUsedBuffers(): number {
    return this.used.size;
  }

  getNumFreeBuffers(): number {
    return this.owners.size - this.used.size;
  }

  resetPeak(): void {
    this.peakBytes = this.bytes;
  }

  /** Runs `body` with buffers from the arena. */
  record(body: () => void): void {
    if (this.recording) throw new Error('A step is being recorded already.');
    this.recording = true;
    try {
      body();
    } finally {
      this.recording = false;
      this.filled.clear();
    }
  }

  acquireBuffer(
    size: number,
    usage: GPUBufferUsageFlags,
    mappedAtCreation = false,
    reuse = true,
  ): GPUBuffer {
    const buffer = this.recording
      ? this.acquireRecorded(size, usage, mappedAtCreation)
      : ((reuse ? this.general.get(keyOf(size, usage))?.pop() : undefined) ??
        this.create(size, usage, mappedAtCreation, 'general'));
    this.used.add(buffer);
    this.numBytesUsed += buffer.size;
    return buffer;
  }

  /** @throws Error when a recorded body frees what a replay would read again */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const owner = this.owners.get(buffer);
    // Destroyed with the others.
    if (!owner || !this.used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    if (owner === 'arena') {
      this.arenaOf(buffer.usage).put(buffer);
    } else if (owner === 'general') {
      if (this.recording && buffer.usage & GPUBufferUsage.STORAGE) {
        throw new Error(
          this.filled.has(buffer)
            ? 'A recorded step uploads values, which a replay would not see change.'
            : 'A recorded step frees a tensor that was made outside of it.',
        );
      }
      if (reuse) this.shelf(buffer).push(buffer);
      else this.destroy(buffer);
    }
  }

  /** Destroys what recordings held and what lies unused. Nothing of it may be waiting to be submitted. */
  clear(): void {
    for (const [buffer, owner] of [...this.owners]) {
      // A tensor that outlives its recording keeps its buffer.
      if (owner !== 'pinned' && this.used.has(buffer)) this.owners.set(buffer, 'general');
      else this.destroy(buffer);
    }
    this.arenas.clear();
    this.general.clear();
  }

  /** For tfjs, which calls it at the end of its life. */
  dispose(): void {
    for (const buffer of [...this.owners.keys()]) this.destroy(buffer);
    this.arenas.clear();
    this.general.clear();
  }

  private acquireRecorded(size: number, usage: GPUBufferUsageFlags, mapped: boolean): GPUBuffer {
    if (usage & GPUBufferUsage.UNIFORM) return this.create(size, usage, mapped, 'pinned');
    if (mapped || !(usage & GPUBufferUsage.STORAGE)) {
      const buffer = this.create(size, usage, mapped, 'general');
      if (mapped) this.filled.add(buffer);
      return buffer;
    }
    return this.arenaOf(usage).take(size) ?? this.create(size, usage, false, 'arena');
  }

  private create(
    size: number,
    usage: GPUBufferUsageFlags,
    mappedAtCreation: boolean,
    owner: Owner,
  ): GPUBuffer {
    const buffer = this.device.createBuffer({ size, usage, mappedAtCreation });
    this.owners.set(buffer, owner);
    this.bytes += size;
    if (this.bytes > this.peakBytes) this.peakBytes = this.bytes;
    return buffer;
  }

  private destroy(buffer: GPUBuffer): void {
    if (this.used.delete(buffer)) this.numBytesUsed -= buffer.size;
    this.owners.delete(buffer);
    this.bytes -= buffer.size;
    buffer.destroy();
  }

  private arenaOf(usage: GPUBufferUsageFlags): Arena<GPUBuffer> {
    let arena = this.arenas.get(usage);
    if (!arena) this.arenas.set(usage, (arena = new Arena()));
    return arena;
  }

  private shelf(buffer: GPUBuffer): GPUBuffer[] {
    const key = keyOf(buffer.size, buffer.usage);
    let shelf = this.general.get(key);
    if (!shelf) this.general.set(key, (shelf = []));
    return shelf;
  }
}

function keyOf(size: number, usage: GPUBufferUsageFlags): string {
  return `${size} ${usage}`;
}
