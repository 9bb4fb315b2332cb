import { scaleByName, ScaleError, type ScalePart } from '../../paper/scale';
import { TrainerError, type BenchReport, type TrainerClient } from '../../trainer/client';
import type { LinkRequest } from '../link';
import type { Library } from '../state/library.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { progressWords, sizeWords } from './words';

/** Rounds in which every way is timed once. */
export const ROUNDS = 7;
export const BENCH_SCALES = ['tiny', 'small', 'medium'] as const;
export const CUSTOM = 'custom';

/** The parts of a size that a step depends on. */
export const STEP_FIELDS = [
  { part: 'channels', label: 'Channels', note: 'C' },
  { part: 'cells', label: 'Cells per stage', note: 'N' },
  { part: 'resolution', label: 'Resolution', note: '8, 16 or 32' },
  { part: 'batch', label: 'Batch', note: 'images a step' },
] as const;
type StepPart = (typeof STEP_FIELDS)[number]['part'];

/** Images of a half in a custom size. A step takes a batch of them, however many there are. */
const IMAGES = 2048;

/** What WebGPU offers here, as far as it can be told without opening a device. */
export type GpuSight = 'unknown' | 'none' | 'software' | 'hardware';

/** A measurement of this machine: what was asked for, how far it is, what it found. */
export class Bench {
  readonly #client: TrainerClient;
  readonly #trainer: Trainer;
  readonly #library: Library;
  #abort: AbortController | null = null;
  #chosen = false;

  gpu = $state<GpuSight>('unknown');
  backend = $state<'webgpu' | 'wasm'>('wasm');
  scale = $state<string>('tiny');
  size = $state<Record<StepPart, string>>(sizeOf('tiny'));

  running = $state(false);
  /** What is being done, in words. */
  progress = $state('');
  /** Since the start. */
  seconds = $state(0);
  report = $state.raw<BenchReport | null>(null);
  /** Why the last one gave no result; null when it did. */
  problem = $state<string | null>(null);

  /** What is wrong with a custom size, and with which part of it; null when nothing is. */
  readonly wrong: { readonly part: ScalePart; readonly message: string } | null = $derived.by(
    () => {
      if (this.scale !== CUSTOM) return null;
      const worded = STEP_FIELDS.find(({ part }) => !/^\d{1,6}$/.test(this.size[part].trim()));
      if (worded !== undefined) return { part: worded.part, message: 'It must be a whole number.' };
      return problemOf(this.#scaleName);
    },
  );
  /** What the chosen scale is, for a step. */
  readonly sizeWords: string = $derived.by(() =>
    this.scale === CUSTOM ? 'A size of your own.' : sizeWords(scaleByName(this.scale)),
  );
  /** Why nothing can be measured now; null when it can. */
  readonly refusal: string | null = $derived.by(() => {
    if (this.#trainer.held && !this.running) {
      return 'Runs are being verified. Both would be slow and the times wrong: stop it, or wait for its end.';
    }
    const where = this.#trainer.busy ? '' : this.#library.held.size > 0 ? ' in another tab' : null;
    if (where === null) return null;
    return `A run is in training${where}. Both would be slow and the times wrong: stop it, or wait for its end.`;
  });

  constructor(client: TrainerClient, trainer: Trainer, library: Library) {
    this.#client = client;
    this.#trainer = trainer;
    this.#library = library;
  }

  /** Looks for a GPU and, unless the visitor has chosen, chooses what can train fastest. */
  async look(): Promise<void> {
    const gpu = (navigator as { readonly gpu?: GPU }).gpu;
    const adapter = (await gpu?.requestAdapter().catch(() => null)) ?? null;
    this.gpu = adapter === null ? 'none' : isSoftware(adapter.info) ? 'software' : 'hardware';
    if (!this.#chosen) this.backend = this.gpu === 'hardware' ? 'webgpu' : 'wasm';
  }

  choose(backend: 'webgpu' | 'wasm'): void {
    this.#chosen = true;
    this.backend = backend;
  }

  /** A named scale, or `custom` starting from the size that was chosen before. */
  chooseScale(name: string): void {
    if (name === CUSTOM && this.scale !== CUSTOM) this.size = sizeOf(this.scale);
    this.scale = name;
  }

  /** What a link to this page names: scale and backend. */
  follow({ settings, backend }: LinkRequest): void {
    if (backend === 'webgpu' || backend === 'wasm') this.choose(backend);
    const { scale } = settings;
    if (scale === undefined || this.running) return;
    this.size = sizeOf(scale);
    this.scale = BENCH_SCALES.find((name) => name === scale) ?? CUSTOM;
  }

  /** Measures what is chosen. Whatever goes wrong becomes {@link problem}. */
  async run(): Promise<void> {
    if (this.running || this.refusal !== null || this.wrong !== null) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.running = true;
    this.problem = null;
    this.progress = 'Starting';
    this.seconds = 0;
    const begun = performance.now();
    const watch = setInterval(() => {
      this.seconds = Math.floor((performance.now() - begun) / 1000);
    }, 1000);
    try {
      await this.#trainer.hold();
      abort.signal.throwIfAborted();
      const request = { backend: this.backend, scale: this.#scaleName, rounds: ROUNDS };
      const tell = (text: string) => (this.progress = progressWords(text));
      this.report = await this.#client.bench(request, tell, abort.signal);
    } catch (error) {
      this.problem = abort.signal.aborted ? 'Stopped; nothing was measured.' : reasonOf(error);
    } finally {
      clearInterval(watch);
      this.running = false;
      this.#trainer.release();
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  get #scaleName(): string {
    if (this.scale !== CUSTOM) return this.scale;
    const { channels, cells, resolution, batch } = this.size;
    const size = `c${channels.trim()}-n${cells.trim()}-r${resolution.trim()}-i${IMAGES}`;
    return `${size}-b${batch.trim()}`;
  }
}

function sizeOf(scale: string): Record<StepPart, string> {
  const { channels, cells, resolution, batch } = scaleByName(scale);
  return {
    channels: String(channels),
    cells: String(cells),
    resolution: String(resolution),
    batch: String(batch),
  };
}

function problemOf(scale: string): { part: ScalePart; message: string } | null {
  try {
    scaleByName(scale);
    return null;
  } catch (error) {
    if (!(error instanceof ScaleError)) throw error;
    return { part: error.part, message: error.message };
  }
}

/** An adapter without a GPU behind it. */
function isSoftware({ isFallbackAdapter, architecture, description }: GPUAdapterInfo): boolean {
  return isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(architecture + description);
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const advice =
    error instanceof TrainerError && ['memory', 'unknown', 'worker'].includes(error.kind)
      ? ' A smaller scale needs less memory.'
      : '';
  return `Nothing was measured. ${reason}${advice}`;
}
