import type {
  AlphaOptimiser,
  Deviation,
  MethodName,
  MethodOption,
  WeightOptimiser,
} from '../config';
import type { SearchRecipe } from '../space/space';

/** The two learning rates of a search. */
export interface RatePair {
  readonly weights: number;
  readonly alpha: number;
}

/** A switch of a method. */
export interface OptionFacts {
  readonly label: string;
  /** What it does, in a few words. */
  readonly note: string;
  /** What is done otherwise than in the method's own code where it is on. */
  readonly deviations?: readonly Deviation[];
}

/** What the supernet is like in a part of a search. */
export interface StageShape {
  /** Operations see one channel in so many; absent: all. */
  readonly partial?: number;
  /** Operations that every edge keeps when the part begins; absent: those it has. */
  readonly keeps?: number;
}

/** How a search goes on in a supernet that changes on the way. */
export interface ProgressiveFacts {
  /** One after the other, of as many joint epochs each. */
  readonly stages: readonly StageShape[];
  /** Share of each stage's epochs, at its beginning, in which alpha is frozen. */
  readonly frozen: number;
}

/** What a search method is, without how the engine computes it. */
export interface MethodFacts {
  readonly name: MethodName;
  /** As the papers write it. */
  readonly title: string;
  /** Joint epochs at full scale. */
  readonly epochs: number;
  /**
   * Operations see one channel in so many, the others pass by, and every edge has a weight of its own.
   * Absent: they see all, and edges weigh alike.
   */
  readonly partial?: number;
  /** Share of the joint epochs, at their beginning, in which alpha is frozen. Absent: none. */
  readonly frozen?: number;
  /** Weight of its second-order term unless a setting says otherwise. Absent: it has none that is set. */
  readonly eta?: number;
  /** What its own code has a switch for, off unless a setting says otherwise. Absent: nothing. */
  readonly options?: Partial<Readonly<Record<MethodOption, OptionFacts>>>;
  /** What its option `progressive` does. Absent: it has none. */
  readonly progressive?: ProgressiveFacts;
  /** How its own code trains where that differs from the space's recipe. */
  readonly recipe: Partial<SearchRecipe>;
  /** What differs from the benchmark's SGD; the decay is the recipe's. */
  readonly weights: Partial<Omit<WeightOptimiser, 'decay'>>;
  /** What differs from the benchmark's Adam; numbers that the method has no use for are 0. */
  readonly alpha: Partial<Omit<AlphaOptimiser, 'l2'>>;
  /** The rates after a swap, where a plain exchange is not what is meant. */
  readonly swapped?: RatePair;
  /** Whether alpha has an L2. */
  readonly l2: boolean;
  /** Whether there is an alpha to be trained; if not, it stays at its start and its steps are left out. */
  readonly trainsAlpha: boolean;
  /** Whether alpha's gradient counts in the norm that clips the weights' gradient, in its own code. */
  readonly clipsAlpha: boolean;
  /** Cells of which the best on a batch each is derived; 0: alpha's argmax is derived. */
  readonly candidates: number;
  /** With what the supernet is evaluated: the mixture of its operations, or the derived cell. */
  readonly evaluates: 'mixture' | 'cell';
  /** Images on which weights and alpha train: a half each, or both on all of them. */
  readonly data: 'halves' | 'all';
  /** What is done otherwise than in its own code, in every run; one of an option's key gives way to that. */
  readonly deviations: readonly Deviation[];
}
