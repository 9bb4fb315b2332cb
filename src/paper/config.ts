import type { Operation } from './operation';
import type { NamedSpaceKey, OneShotKey } from './space/space';

/** Search methods, as configurations and commands name them (docs/add-a-method.md). */
export const METHOD_NAMES = [
  'darts-v1',
  'darts-v2',
  'gaea-erm',
  'gaea-bilevel',
  'drnas',
  'gdas',
  'setn',
  'rsps',
  'amended-darts',
  'pc-darts',
  'enas',
] as const;

export type MethodName = (typeof METHOD_NAMES)[number];

export type Schedule = 'cosine' | 'constant';

/**
 * SGD with momentum on the supernet's weights; Nesterov's in NAS-Bench-201, plain in NAS-Bench-1Shot1.
 */
export interface WeightOptimiser {
  /** Rate of epoch 0 of the joint phase. */
  readonly rate: number;
  /** eta_min of the cosine; ignored when constant. */
  readonly rateMin: number;
  readonly schedule: Schedule;
  readonly momentum: number;
  readonly decay: number;
  /** Largest L2 norm of the whole weight gradient, before decay is added. */
  readonly clip: number;
}

/** Adam with coupled L2 on alpha; of another optimiser the rate alone counts, and the rest is 0. */
export interface AlphaOptimiser {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Coupled: added to the gradient before Adam's moments. */
  readonly l2: number;
  /** Standard deviation of alpha's normal initial values. */
  readonly init: number;
}

/** The size of a supernet and of its data. */
export interface Scale {
  /** `tiny`, `small`, `medium`, `paper`, or `c8-n1-r16-i2048` for any other size. */
  readonly name: string;
  /** C: channels of the first stage. */
  readonly channels: number;
  /** N: cells per stage. */
  readonly cells: number;
  /** Height and width of the images. */
  readonly resolution: 8 | 16 | 32;
  /** Images in the weights half; the alpha half has as many. */
  readonly images: number;
  readonly batch: number;
  /** k_w: every arm's weight rate and eta_min are multiplied by it, after a swap. */
  readonly weightFactor: number;
  /** k_a: every arm's alpha rate is multiplied by it, after a swap. */
  readonly alphaFactor: number;
}

/** What some methods' own code has a switch for; which belong to which is in their facts. */
export const METHOD_OPTIONS = ['rescaled', 'kl', 'progressive'] as const;
export type MethodOption = (typeof METHOD_OPTIONS)[number];

/** When training ends by itself. */
export type EarlyStop = PeakStop | EigenvalueStop;

/** SS, Algorithm 1: once an operation's magnitude has passed its peak. */
export interface PeakStop {
  readonly rule: 'ss';
  /** Whose magnitude is watched; one of those searched. */
  readonly operation: Operation;
  /** Joint epochs without a new maximum after which it ends, at least 1. */
  readonly patience: number;
}

/** DARTS-ES: once the Hessian's largest eigenvalue, which is then measured, has grown. */
export interface EigenvalueStop {
  readonly rule: 'es';
}

/** What a visitor sets. Everything else follows from it. */
export interface Settings {
  readonly method: MethodName;
  /** Missing: NAS-Bench-201, or what {@link stages} makes of it. */
  readonly space?: OneShotKey;
  /** At least two, in the benchmark's order. */
  readonly ops: readonly Operation[];
  /** Exchange the learning rates of weights and alpha (EX-DARTS, Exp.5). */
  readonly swap: boolean;
  /** Epochs with alpha frozen before the joint ones (Exp.1, Exp.3). */
  readonly warmup: number;
  /** Joint epochs. A run has warmup + epochs records. */
  readonly epochs: number;
  /** Alpha's L2 in the paper's terms (Exp.2). */
  readonly l2: number;
  /** A named scale or `c8-n1-r16-i2048`. */
  readonly scale: string;
  /** Weight of Amended-DARTS's second-order term, at least 0. Absent: the method's own, or it has none. */
  readonly eta?: number;
  /** Options of the method that are on, in the order of {@link METHOD_OPTIONS}. Absent: none. */
  readonly options?: readonly MethodOption[];
  /** Absent: every epoch is trained. */
  readonly stop?: EarlyStop;
  /** Whether the Hessian's largest eigenvalue is measured every second joint epoch. Absent: not. */
  readonly hessian?: true;
  /** Whether each stage's cells have alphas of their own (DARTS+). Absent: one alpha for all. */
  readonly stages?: true;
}

/** The paper's values for a run: what would be set at full scale, after the swap. */
export interface PaperConfig {
  readonly method: MethodName;
  /** Missing: NAS-Bench-201, as in every run before there was another. */
  readonly space?: NamedSpaceKey;
  readonly ops: readonly Operation[];
  readonly swap: boolean;
  readonly warmup: number;
  readonly epochs: number;
  readonly batch: number;
  readonly channels: number;
  readonly cells: number;
  readonly resolution: number;
  readonly images: number;
  readonly weights: WeightOptimiser;
  readonly alpha: AlphaOptimiser;
  /** Missing: the method's own, or it has none. */
  readonly eta?: number;
  /** Missing: none is on. */
  readonly options?: readonly MethodOption[];
  readonly stop?: EarlyStop;
  readonly hessian?: true;
}

/** The values that the engine really uses. */
export interface EffectiveConfig {
  readonly method: MethodName;
  /** Missing: NAS-Bench-201. */
  readonly space?: NamedSpaceKey;
  readonly ops: readonly Operation[];
  readonly swap: boolean;
  readonly warmup: number;
  readonly epochs: number;
  readonly scale: Scale;
  /** Bilevel steps in one epoch: ceil(images / batch), images of both halves if all are trained on. */
  readonly stepsPerEpoch: number;
  readonly weights: WeightOptimiser;
  readonly alpha: AlphaOptimiser;
  /** Missing: the method's own, or it has none. */
  readonly eta?: number;
  /** Missing: none is on. */
  readonly options?: readonly MethodOption[];
  readonly stop?: EarlyStop;
  /** See {@link Settings.hessian}: it changes nothing of what is trained. */
  readonly hessian?: true;
}

/** One line of the honesty panel: where a run differs from the paper. */
export interface Deviation {
  readonly key: string;
  readonly paper: string;
  readonly here: string;
  readonly why: string;
}

export interface RunConfig {
  readonly paper: PaperConfig;
  readonly effective: EffectiveConfig;
}
