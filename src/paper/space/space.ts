import type { Alpha } from '../cell';

/** The spaces of NAS-Bench-1Shot1. */
export const ONE_SHOT_KEYS = [
  'nas-bench-1shot1-1',
  'nas-bench-1shot1-2',
  'nas-bench-1shot1-3',
] as const;

/** Spaces whose networks consist of one cell, repeated: those of which there are tables of accuracies. */
export const CELL_SPACE_KEYS = ['nas-bench-201', ...ONE_SHOT_KEYS] as const;

/** Spaces that a configuration names; where it names none it is NAS-Bench-201. */
export const NAMED_SPACE_KEYS = [...ONE_SHOT_KEYS, 'nas-bench-201-stages'] as const;

/** Search spaces as the trace and the registry know them. */
export const SPACE_KEYS = [...CELL_SPACE_KEYS, 'nas-bench-201-stages'] as const;

export type SpaceKey = (typeof SPACE_KEYS)[number];

export type OneShotKey = (typeof ONE_SHOT_KEYS)[number];

export type CellSpaceKey = (typeof CELL_SPACE_KEYS)[number];

export type NamedSpaceKey = (typeof NAMED_SPACE_KEYS)[number];

/** Whether the networks of a space consist of one cell. */
export function isCellSpace(space: SpaceKey): space is CellSpaceKey {
  return CELL_SPACE_KEYS.some((key) => key === space);
}

/** Whether a configuration's space is one of NAS-Bench-1Shot1. */
export function isOneShot(space: SpaceKey | undefined): space is OneShotKey {
  return ONE_SHOT_KEYS.some((key) => key === space);
}

export interface SpaceOperation {
  /** The benchmark's own name, as in alpha's columns. */
  readonly name: string;
  /** Next to a line or a ribbon. */
  readonly short: string;
  /** Inside a sentence. */
  readonly words: string;
  readonly parameterFree: boolean;
}

/** One row of alpha: a softmax of its own. */
export interface AlphaRow {
  /** What the row weighs: operations of a choice, parents of a block, parents of the output. */
  readonly kind: 'operation' | 'input' | 'output';
  /** `1<-0`, `block 2`, `inputs of block 3`, `output`. */
  readonly name: string;
  /** Operation names, or the numbers of the candidate nodes (0 is the cell's input). */
  readonly columns: readonly string[];
}

/** How a space's own code base searches it at full scale; the values that differ between spaces. */
export interface SearchRecipe {
  readonly batch: number;
  /** Images of the half on which weights train. */
  readonly images: number;
  readonly channels: number;
  /** Cells in each of the three stages. */
  readonly cells: number;
  /** Which of the two updates of a bilevel step comes first. */
  readonly first: 'weights' | 'alpha';
  readonly nesterov: boolean;
  readonly decay: number;
  /** Whether batch norm inside cells has a scale and a shift. */
  readonly affine: boolean;
  /** How alpha's batches come from its half: each image drawn anew, or a shuffled pass over all. */
  readonly alphaBatches: 'replacement' | 'pass';
}

/**
 * A cell search space without its network. Alpha is one list of rows: first the operation rows, one
 * per choice (edge or choice block), which alone enter the operation magnitude; then rows that weigh
 * connections, if the space has any.
 */
export interface SearchSpace {
  readonly key: SpaceKey;
  readonly label: string;
  /** In the benchmark's order, the order of alpha's columns. */
  readonly operations: readonly SpaceOperation[];
  /** What an operation is chosen for. */
  readonly choice: 'edge' | 'choice block';
  /** Number of choices: operation rows of alpha. */
  readonly choices: number;
  readonly recipe: SearchRecipe;
  /**
   * What one stage is by itself, where each of the three stages has alphas and a cell of its own: then
   * alpha is their rows one behind the other. Absent: one cell for all.
   */
  readonly stage?: SearchSpace;
  /** Rows of alpha for a search over these operations. */
  readonly rows: (ops: readonly string[]) => readonly AlphaRow[];
  /** The architecture that a search ends with, as a string. */
  readonly derive: (alpha: Alpha, ops: readonly string[]) => string;
  /** The operation of every choice in an architecture string. */
  readonly held: (arch: string) => readonly string[];
  /**
   * A string that architectures share when a table of accuracies counts them as one.
   *
   * @throws GenotypeError
   */
  readonly form: (arch: string) => string;
}

/** Names of a space's operations, in order. */
export function operationNames(space: SearchSpace): readonly string[] {
  return space.operations.map(({ name }) => name);
}

/** Rows of alpha that hold operation weights. */
export function operationRows(space: SearchSpace, alpha: Alpha): Alpha {
  return alpha.slice(0, space.choices);
}
