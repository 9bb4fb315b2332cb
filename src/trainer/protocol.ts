import type { Alpha } from '../paper/cell';
import type { Scale, Settings } from '../paper/config';
import type { ArmSettings } from '../paper/experiment/config';
import type { OneShotKey } from '../paper/space/space';
import type { ScheduleKey } from '../paper/stand-alone';
import type { EpochComparison, Verdict } from '../trace/compare';
import type { StandAloneEpoch, StandAloneResult } from '../trace/stand-alone';
import type { BackendName, EpochRecord, LiveChange, RunEvent, RunHead } from '../trace/types';
import type { BenchResult, BesideResult, Ratio } from './bench';

export type { BenchResult, Way } from './bench';

/** What the visitor asked for; `auto` tries webgpu, then wasm. */
export type BackendChoice = 'auto' | BackendName;

/** Whose kernels compute: ours in WGSL or wasm SIMD, or TensorFlow.js's own. */
export type KernelCode = 'wgsl' | 'simd' | 'stock';

export interface BenchRequest {
  readonly backend: BackendChoice;
  /** A scale's name; of it, the supernet and the batch count. */
  readonly scale: string;
  /** In each of which every way is timed once. */
  readonly rounds: number;
}

/** What a benchmark found, in the format of `npm run bench -- --json`. */
export interface BenchDocument {
  /** UTC, ISO 8601. */
  readonly date: string;
  /** Version and commit of the app. */
  readonly build: string;
  /** Where it ran: the browser's own name for itself, or the version of Node and the CPU. */
  readonly machine: Readonly<Record<string, string | number | null>>;
  readonly adapters: readonly {
    readonly backend: BackendName;
    readonly adapter: string;
    readonly code: KernelCode;
  }[];
  readonly scale: Scale;
  /** Of a bilevel step, estimated from the shapes. */
  readonly multiplyAdds: number;
  readonly rounds: number;
  readonly results: readonly BenchResult[];
  readonly ratios: readonly Ratio[];
  /** By `npm run bench` alone. */
  readonly beside?: readonly BesideResult[];
}

/** What to train: a regime of the visitor's own, or an arm of an experiment. */
export type TrainSettings = Settings | ArmSettings;

/** A cell to be trained by itself, from scratch. */
export interface CellTask {
  /** As the order's space writes it. */
  readonly arch: string;
  readonly seed: number;
}

/** Cells to be trained one after the other under one configuration. */
export interface CellOrder {
  readonly schedule: ScheduleKey;
  /** Of all its cells; NAS-Bench-201 where it is left out. */
  readonly space?: OneShotKey;
  /** A scale's name. */
  readonly scale: string;
  readonly cells: readonly CellTask[];
}

/**
 * Branches off from a stored run: with the change, and then without any, both from the state that the
 * run had after an epoch. Without a change there is the second branch alone.
 */
export interface ForkRequest {
  readonly uid: string;
  /** Epochs in common, 0 or more. */
  readonly epoch: number;
  readonly change: LiveChange;
}

/**
 * Who may hold a run that shall go on: nobody, another tab that shall let it go, or a worker that was
 * ended by this page because it did not answer.
 */
export type Holder = 'nobody' | 'tab' | 'ended';

/** Held by the worker that trains cells: no other tab can do so meanwhile. */
export const CELL_LOCK = 'alphascope-cells';

/** Page to worker. */
export type Command =
  | { readonly type: 'open'; readonly backend: BackendChoice }
  | { readonly type: 'estimate'; readonly id: number; readonly settings: TrainSettings }
  | {
      readonly type: 'train';
      readonly settings: TrainSettings;
      readonly seeds: readonly number[];
      readonly name: string;
    }
  /** Continue a stored run from its last checkpoint. */
  | { readonly type: 'continue'; readonly uid: string; readonly holder?: Holder }
  | ({ readonly type: 'fork' } & ForkRequest)
  /** What an order would take. */
  | ({ readonly type: 'estimate-cells'; readonly id: number } & CellOrder)
  /**
   * Trains cells in their order, each from its checkpoint if it has one. A cell that has a result, or
   * is isomorphic to one that has, is not trained again.
   */
  | ({ readonly type: 'train-cells'; readonly holder?: Holder } & CellOrder)
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** One bilevel step of a run, then pause again. Only while paused. */
  | { readonly type: 'step' }
  /** End the current run or cell (its records stay) and drop the queue. */
  | { readonly type: 'stop' }
  | { readonly type: 'change'; readonly change: LiveChange }
  /** The visitor's own copy of CIFAR-10: the archive or its batch files. */
  | { readonly type: 'images'; readonly files: readonly File[] }
  /** Measure steps on noise, instead of training. It cannot be stopped but with its worker. */
  | ({ readonly type: 'bench' } & BenchRequest);

export type TrainerState = 'idle' | 'preparing' | 'training' | 'paused' | 'finished' | 'error';

export type FaultKind =
  | 'no-backend'
  | 'gpu-lost'
  | 'gpu-error'
  | 'nan'
  | 'storage'
  /** No room: training waits with an epoch in hand until it is resumed or stopped. */
  | 'storage-full'
  /** A newer version of the app has taken the store over. */
  | 'outdated'
  | 'data'
  | 'memory'
  | 'config'
  | 'worker'
  | 'unknown';

export interface Status {
  readonly state: TrainerState;
  /** What is being done, in words: `loading CIFAR-10`, `compiling for the GPU`, `epoch 3 of 50`. */
  readonly detail: string;
  readonly uid: string | null;
  /** The cell in training, and how many of its order come after it; null while none is. */
  readonly cell: (CellTask & { readonly after: number }) | null;
  readonly seed: number | null;
  /** Seeds still to train after this one. */
  readonly queue: readonly number[];
  /** Epochs finished in this run and in all (warm-up + joint). */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps finished in the current epoch; bilevel ones in a run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Median seconds of one step; null before the first. */
  readonly stepSeconds: number | null;
  /** For this run and the queue; null before it can be told. */
  readonly secondsLeft: number | null;
  /** Waiting to take effect at the next epoch. */
  readonly pending: LiveChange;
  /** In force now. */
  readonly live: { readonly swap: boolean; readonly l2: number; readonly frozen: boolean } | null;
}

/** A trainer that has nothing to do. */
export const IDLE: Status = {
  state: 'idle',
  detail: '',
  uid: null,
  cell: null,
  seed: null,
  queue: [],
  epoch: 0,
  epochs: 0,
  step: 0,
  stepsPerEpoch: 0,
  stepSeconds: null,
  secondsLeft: null,
  pending: {},
  live: null,
};

export interface Estimate {
  readonly id: number;
  /** Seconds for one seed, measured on this machine just now. */
  readonly seconds: number;
  readonly stepSeconds: number;
  /** Bytes of tensors at the peak of a step, and of the data. */
  readonly bytes: number;
  /** Cells are computed twice, since what they keep for the way back would not fit. */
  readonly recompute: boolean;
  /** Bytes to download first; 0 when cached. */
  readonly download: number;
  /** Why this cannot run here, now or later; null when it can. */
  readonly refusal: string | null;
  /** Why it could not be told this time, which does not keep it from being tried; null when it could. */
  readonly failure: string | null;
}

/** What an order of cells takes. */
export interface CellEstimate {
  readonly id: number;
  /** Seconds for all of its cells, from steps measured on this machine just now. */
  readonly seconds: number;
  /** Bytes of tensors at the peak of a step of the heaviest cell, and of the data. */
  readonly bytes: number;
  /** Bytes to download first; 0 when cached. */
  readonly download: number;
  /** Why this cannot run here, now or later; null when it can. */
  readonly refusal: string | null;
  /** Why it could not be told this time, which does not keep it from being tried; null when it could. */
  readonly failure: string | null;
}

/** Worker to page. */
export type Report =
  | {
      readonly type: 'opened';
      readonly backend: BackendName;
      readonly adapter: string;
      /** Why this backend, in a sentence: `WebGPU is not available in this browser.` */
      readonly why: string;
      readonly code: KernelCode;
      /** Something else would have been used but computed wrongly; `why` tells what. */
      readonly distrusted: boolean;
    }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'estimate'; readonly estimate: Estimate }
  | { readonly type: 'estimate-cells'; readonly estimate: CellEstimate }
  /** An epoch of a cell in training, after it is stored. */
  | { readonly type: 'cell-epoch'; readonly task: CellTask; readonly record: StandAloneEpoch }
  /** The result of a task: trained now, or of an isomorphic cell or an earlier day. Stored. */
  | {
      readonly type: 'cell';
      readonly task: CellTask;
      readonly result: StandAloneResult;
      readonly reused: boolean;
    }
  /** Answer to `images`: bytes stored, or why the files were refused. */
  | { readonly type: 'images'; readonly stored: number; readonly refusal: string | null }
  /** What a benchmark does now: `wasm eager: warm-up`, `round 2 of 7`. */
  | { readonly type: 'bench-progress'; readonly text: string }
  /** The end of a benchmark, and why its backend was this one. */
  | { readonly type: 'bench'; readonly document: BenchDocument; readonly why: string }
  | { readonly type: 'run'; readonly head: RunHead }
  | {
      readonly type: 'snapshot';
      readonly uid: string;
      readonly epoch: number;
      readonly step: number;
      readonly alpha: Alpha;
    }
  | { readonly type: 'epoch'; readonly uid: string; readonly record: EpochRecord }
  | { readonly type: 'event'; readonly uid: string; readonly event: RunEvent }
  /** The browser keeps nothing: runs are in memory alone. */
  | { readonly type: 'unkept'; readonly reason: string }
  /** To make room, this run (name and seed) has lost its checkpoint. */
  | { readonly type: 'thinned'; readonly run: string }
  /** Another tab has taken over what was in training: a run, or cells (null). */
  | { readonly type: 'released'; readonly uid: string | null }
  /** The GPU was lost and is started again; what was in training then goes on. */
  | { readonly type: 'gpu-lost'; readonly message: string }
  | {
      readonly type: 'fault';
      readonly kind: FaultKind;
      readonly message: string;
      readonly uid: string | null;
    };

/**
 * Page to a worker of its own: train the first epochs of these runs again and compare. It answers
 * with {@link VerifyReport}s and cannot be stopped but with its worker.
 */
export interface VerifyRequest {
  readonly type: 'verify';
  readonly source:
    | { readonly kind: 'stored'; readonly uids: readonly string[]; readonly database: string }
    /** A trace file. */
    | { readonly kind: 'file'; readonly file: File };
  /** Of every run, from the first; all when there are fewer. */
  readonly epochs: number;
  /** Null: for each run what trained it, and wasm where there is no GPU. */
  readonly backend: BackendName | null;
  /** Largest relative error of a number that counts as close; null: by the device. */
  readonly tolerance: number | null;
}

/** What came of training epochs again. */
export interface Verification {
  readonly verdict: Verdict;
  /** So many were compared. */
  readonly epochs: number;
  /** The arithmetic is fixed to the bit, so that any difference is one. */
  readonly exact: boolean;
  /** Of these epochs in the trace, and as trained again. */
  readonly digest: string;
  readonly again: string;
}

export type VerifyReport =
  /** The runs to come. */
  | { readonly type: 'verify-runs'; readonly runs: readonly VerifiedRun[] }
  | { readonly type: 'verify-start'; readonly uid: string; readonly caveats: readonly string[] }
  | { readonly type: 'verify-epoch'; readonly uid: string; readonly comparison: EpochComparison }
  | { readonly type: 'verify-run'; readonly uid: string; readonly result: Verification }
  /** This run could not be compared. */
  | { readonly type: 'verify-failed'; readonly uid: string; readonly message: string }
  | { readonly type: 'verify-end' }
  /** Nothing could be compared. */
  | { readonly type: 'verify-fault'; readonly message: string };

export interface VerifiedRun {
  readonly uid: string;
  readonly name: string;
  readonly seed: number;
  /** Epochs that it has. */
  readonly epochs: number;
}
