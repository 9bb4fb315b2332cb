import type { OneShotSpace } from '../../paper/space/nas-bench-1shot1';
import { Parameters } from '../parameters';

/** What fixes the shape of a NAS-Bench-1Shot1 supernet. */
export interface OneShotArchitecture {
  readonly space: OneShotSpace;
  readonly channels: number;
  /** Cells per stage. */
  readonly cells: number;
  readonly resolution: number;
  readonly classes: number;
}

/** The weights of a NAS-Bench-1Shot1 supernet. No convolution has a bias. */
export class OneShotLayout extends Parameters {
  constructor(readonly architecture: OneShotArchitecture) {
    super();
    const { space, channels, cells, classes } = architecture;
    const blocks = space.choices;
    this.unit('stem', 3, 3, channels);
    let inputs = channels;
    for (let stage = 0; stage < 3; stage++) {
      const width = channels << stage;
      for (let c = 0; c < cells; c++) {
        const key = `stage${stage}.cell${c}`;
        for (let block = 1; block <= blocks; block++) {
          this.unit(`${key}.block${block}.projection`, 1, inputs, width);
          this.unit(`${key}.block${block}.conv3`, 3, width, width);
          this.unit(`${key}.block${block}.conv1`, 1, width, width);
        }
        this.unit(`${key}.output.projection`, 1, inputs, blocks * width);
        inputs = blocks * width;
      }
    }
    this.filter('head.conv', 1, inputs, 4 * channels);
    this.classifier('head.fc', 4 * channels, classes);
    this.close();
  }

  /** A convolution and the batch norm behind it. */
  private unit(key: string, size: number, inputs: number, outputs: number): void {
    this.filter(`${key}.conv`, size, inputs, outputs);
    this.norm(`${key}.bn`, outputs);
  }
}
