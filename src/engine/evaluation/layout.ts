import { EDGES, type Genotype } from '../../paper/cell';
import type { Operation } from '../../paper/operation';
import { TrackedParameters } from './tracked';

/** The size of an evaluation network. */
export interface EvaluationSize {
  readonly channels: number;
  /** Cells per stage. */
  readonly cells: number;
  readonly resolution: number;
  readonly classes: number;
}

/** What fixes the shape of an evaluation network: a cell in the skeleton of NAS-Bench-201. */
export interface EvaluationArchitecture extends EvaluationSize {
  readonly genotype: Genotype;
}

/** Pixels along a side of the filter of each operation that has one. */
const FILTER: Readonly<Partial<Record<Operation, 1 | 3>>> = { nor_conv_1x1: 1, nor_conv_3x3: 3 };

export function edgeKey(cell: string, edge: number): string {
  return `${cell}.edge${edge}`;
}

/**
 * The weights of an evaluation network in the reference's order (nas-bench-201, sections 1 and 2):
 * convolutions without bias, each with an affine batch norm behind it. Edges that nothing reads have
 * their parameters, too. The running statistics are a vector of their own.
 */
export class EvaluationLayout extends TrackedParameters {
  constructor(readonly architecture: EvaluationArchitecture) {
    super();
    const { genotype, channels, cells, classes } = architecture;
    this.filter('stem.conv', 3, 3, channels);
    this.norm('stem.bn', channels);
    for (let stage = 0; stage < 3; stage++) {
      const width = channels << stage;
      if (stage > 0) this.reduction(`reduce${stage}`, width >> 1, width);
      for (let cell = 0; cell < cells; cell++) {
        this.cell(`stage${stage}.cell${cell}`, width, genotype);
      }
    }
    this.norm('head.bn', 4 * channels);
    this.classifier('head.fc', 4 * channels, classes);
    this.close();
  }

  private cell(key: string, width: number, genotype: Genotype): void {
    for (const { index } of EDGES) {
      const size = FILTER[genotype[index]!];
      if (size === undefined) continue;
      const edge = edgeKey(key, index);
      this.filter(`${edge}.conv`, size, width, width);
      this.norm(`${edge}.bn`, width);
    }
  }
}
