import type { Operation } from './operation';

/** Nodes of a NAS-Bench-201 cell: 0 is the input, 3 the output. */
export const NODE_COUNT = 4;

export interface Edge {
  /** Position in every alpha matrix and genotype, 0..5. */
  readonly index: number;
  readonly source: number;
  readonly target: number;
  /** The benchmark's name, target first: `1<-0`. */
  readonly name: string;
}

/** The six edges in the benchmark's order: 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2. */
export const EDGES: readonly Edge[] = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
].map(([source, target], index) => ({
  index,
  source: source!,
  target: target!,
  name: `${target}<-${source}`,
}));

/** One operation per edge, in the order of {@link EDGES}. */
export type Genotype = readonly Operation[];

/**
 * Architecture parameters before the softmax: rows are the six edges, columns the operations of the
 * run's search space in the benchmark's order.
 */
export type Alpha = readonly (readonly number[])[];
