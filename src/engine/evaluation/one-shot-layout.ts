import type { OneShotCell } from '../../paper/space/one-shot';
import { blockWidths } from '../../paper/space/one-shot-network';
import type { EvaluationSize } from './layout';
import { TrackedParameters } from './tracked';

/** What fixes the shape of a derived NAS-Bench-1Shot1 cell's network. */
export interface OneShotCellArchitecture extends EvaluationSize {
  /** Pruned: no block without a way to the output. */
  readonly cell: OneShotCell;
}

/** Pixels along a side of the filter of each operation that has one. */
const FILTER = { 'conv3x3-bn-relu': 3, 'conv1x1-bn-relu': 1 } as const;

/**
 * The weights of a derived NAS-Bench-1Shot1 cell's network (see `OneShotEvaluation`): convolutions
 * without bias, each with an affine batch norm behind it.
 */
export class OneShotCellLayout extends TrackedParameters {
  constructor(readonly architecture: OneShotCellArchitecture) {
    super();
    const { channels, cells, classes } = architecture;
    this.unit('stem', 3, 3, channels);
    let inputs = channels;
    for (let stage = 0; stage < 3; stage++) {
      const width = channels << stage;
      for (let c = 0; c < cells; c++) {
        this.cell(`stage${stage}.cell${c}`, inputs, width);
        inputs = width;
      }
    }
    this.classifier('head.fc', 4 * channels, classes);
    this.close();
  }

  private cell(key: string, inputs: number, width: number): void {
    const { cell } = this.architecture;
    blockWidths(cell, width).forEach((own, at) => {
      if (own === 0) return;
      const block = `${key}.block${at + 1}`;
      if (cell.parents[at]!.includes(0)) this.unit(`${block}.projection`, 1, inputs, own);
      const op = cell.ops[at]!;
      if (op !== 'maxpool3x3') this.unit(block, FILTER[op], own, own);
    });
    if (cell.output.includes(0)) this.unit(`${key}.output.projection`, 1, inputs, width);
  }

  /** A convolution and the batch norm behind it. */
  private unit(key: string, size: number, inputs: number, outputs: number): void {
    this.filter(`${key}.conv`, size, inputs, outputs);
    this.norm(`${key}.bn`, outputs);
  }
}
