import type { Alpha } from '../paper/cell';
import type { Deviation, RunConfig } from '../paper/config';

/** Format name of every exported document. */
export const TRACE_FORMAT = 'alphascope-trace';
/** Raised with every change that an older reader could misread. Version 2 brought forks. */
export const TRACE_VERSION = 2;

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/**
 * Life of a run in the store. `running` and `paused` runs have a checkpoint; when no trainer holds
 * them they were cut off and can be resumed.
 */
export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'error';

/** Alpha inside an epoch, kept for animation only: at most eight a epoch. */
export interface StepSnapshot {
  /** Bilevel steps done in this epoch, 1..stepsPerEpoch. */
  readonly step: number;
  readonly alpha: Alpha;
}

/** One record per epoch, appended when the epoch ends. */
export interface EpochRecord {
  /** 1-based over the whole run: warm-up epochs come first. */
  readonly epoch: number;
  /** `warmup`: alpha is frozen. */
  readonly phase: 'warmup' | 'joint';
  /** End-of-epoch alpha, before the softmax, in the rows of its space (`SearchSpace.rows`). */
  readonly alpha: Alpha;
  /** The derived cell as its space writes it; in NAS-Bench-201 the argmax per edge, `none` included. */
  readonly arch: string;
  /** Mean cross-entropy and accuracy (0..1) over the epoch's weight steps, training mode. */
  readonly lossTrain: number;
  readonly accTrain: number;
  /** The same over the epoch's alpha steps, before each update; null while alpha is frozen. */
  readonly lossAlpha: number | null;
  readonly accAlpha: number | null;
  /** The alpha half without augmentation at the end of the epoch, batch statistics. */
  readonly lossValid: number;
  readonly accValid: number;
  /** Rates in force, effective. */
  readonly rateWeights: number;
  readonly rateAlpha: number;
  /** Alpha's L2 in force. */
  readonly l2: number;
  /** Mean L2 norm of the weight gradient before the clip. */
  readonly gradNorm: number;
  readonly steps: readonly StepSnapshot[];
  /**
   * Largest eigenvalue of the Hessian of the loss of the epoch's last alpha batch by alpha, L2 included,
   * where the run measures it: after every second joint epoch, the first among them.
   */
  readonly eigenvalue?: number;
  /** Wall clock; outside digests and equality. */
  readonly seconds: number;
}

/** What happened to a run besides training. Outside digests: they tell when, not what was computed. */
export interface RunEvent {
  readonly kind:
    | 'started'
    | 'paused'
    | 'resumed'
    | 'stopped'
    | 'finished'
    | 'interrupted'
    | 'toggle'
    | 'error'
    | 'device-lost'
    | 'imported';
  /** Epochs finished when it happened; a toggle takes effect in the next epoch. */
  readonly epoch: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** In words; for a toggle, `key: before -> after`. */
  readonly detail: string;
}

/** The parts of a regime that may change in mid-run. */
export interface LiveChange {
  readonly swap?: boolean;
  readonly l2?: number;
  /** Freeze or thaw alpha. */
  readonly frozen?: boolean;
}

/** A change in mid-run. Part of what was computed, hence of the digest. */
export interface Toggle extends LiveChange {
  /** First epoch trained under it, 1-based. */
  readonly fromEpoch: number;
}

/**
 * Where a run branched off from another. Its first epochs are its parent's; from then on it was trained
 * from the same state, batches and random draws. What was changed is in its toggles, too, so that the
 * numbers follow from those alone and a fork without a change has its parent's digest.
 */
export interface Fork {
  /** Uid of the run that it branched off from. */
  readonly parent: string;
  /** Epochs in common, 0 or more. */
  readonly epoch: number;
  /** Digest of a run of these epochs and of the toggles that they were trained under. */
  readonly digest: string;
  /** What was changed from the next epoch on; nothing in a branch that was left as it was. */
  readonly change: LiveChange;
}

export interface Environment {
  /** Version and commit of the app. */
  readonly build: string;
  readonly backend: BackendName;
  /** The GPU's description, or the CPU's wasm features. */
  readonly adapter: string;
  /** Whose kernels computed: ours in WGSL or wasm SIMD, or TensorFlow.js's. Missing before 0.2. */
  readonly code?: 'wgsl' | 'simd' | 'stock';
  /** Of the arithmetic, against numbers of an independent implementation. Missing before 0.2. */
  readonly selfTest?: 'passed' | 'failed';
  /** What the kernels made use of: `subgroups`, `f16 storage`. */
  readonly options?: readonly string[];
}

export interface DataIdentity {
  readonly name: string;
  /** SHA-256 over labels and pixels of both halves as trained on. */
  readonly digest: string;
  readonly split: string;
  readonly resolution: number;
  readonly images: number;
}

/** Everything about a run but its epochs: what a list of runs needs. */
export interface RunHead {
  /** Made once (UUID); kept by export and import. */
  readonly uid: string;
  /** Given by the visitor; at first the regime's label. */
  readonly name: string;
  readonly seed: number;
  readonly createdAt: string;
  readonly state: RunState;
  readonly config: RunConfig;
  /** Digest of the configuration without seed and environment: equal digests are one regime. */
  readonly configDigest: string;
  readonly deviations: readonly Deviation[];
  readonly environment: Environment;
  readonly data: DataIdentity;
  readonly toggles: readonly Toggle[];
  readonly events: readonly RunEvent[];
  /** Of a fork only. */
  readonly fork?: Fork;
}

/** A run as exported. */
export interface TraceRun extends RunHead {
  readonly epochs: readonly EpochRecord[];
  /** Over seed, config, data, toggles and the epochs without `seconds`: see runDigest. */
  readonly digest: string;
}

export interface TraceDocument {
  readonly format: typeof TRACE_FORMAT;
  /** The lowest that can hold the runs. */
  readonly version: 1 | typeof TRACE_VERSION;
  readonly runs: readonly TraceRun[];
}
