import { EDGES } from '../paper/cell';
import type { Operation } from '../paper/operation';
import { biasParameter, Parameters, type Segment } from './parameters';

/** What fixes the shape of a supernet. */
export interface Architecture {
  readonly channels: number;
  /** Cells per stage. */
  readonly cells: number;
  readonly resolution: number;
  readonly ops: readonly Operation[];
  readonly classes: number;
  /** Operations see one channel in so many; absent: all. */
  readonly partial?: number;
}

const KERNELS = [
  { name: 'conv1', op: 'nor_conv_1x1', size: 1 },
  { name: 'conv3', op: 'nor_conv_3x3', size: 3 },
] as const;

/**
 * The weights of the supernet of NAS-Bench-201.
 *
 * Filters of all edges that leave one source node lie side by side along the output channels. The
 * biases of the cells' convolutions, which batch statistics cancel, come last: they are counted and
 * decayed as in the reference, and no forward pass reads them.
 */
export class Layout extends Parameters {
  constructor(readonly architecture: Architecture) {
    super();
    const { channels, cells, classes, partial = 1 } = architecture;
    const biases: { name: string; channels: number; fanIn: number }[] = [];
    this.filter('stem.conv', 3, 3, channels);
    this.norm('stem.bn', channels);
    for (let stage = 0; stage < 3; stage++) {
      const width = channels << stage;
      if (stage > 0) this.reduction(`reduce${stage}`, width >> 1, width);
      for (let cell = 0; cell < cells; cell++)
        this.cell(`stage${stage}.cell${cell}`, width / partial, biases);
    }
    this.norm('head.bn', 4 * channels);
    this.classifier('head.fc', 4 * channels, classes);
    for (const bias of biases) {
      const segment = this.segment(bias.name, [bias.channels]);
      this.replaceParameter(bias.name, bias.fanIn, segment.offset);
    }
    this.close();
  }

  private cell(
    key: string,
    width: number,
    biases: { name: string; channels: number; fanIn: number }[],
  ): void {
    const present = KERNELS.filter(({ op }) => this.architecture.ops.includes(op));
    const groups = new Map<string, Segment>();
    for (const source of [0, 1, 2]) {
      for (const kernel of present) {
        const name = `${key}.source${source}.${kernel.name}`;
        const shape = [kernel.size, kernel.size, width, (3 - source) * width];
        groups.set(name, this.segment(name, shape));
      }
    }
    for (const edge of EDGES) {
      for (const kernel of present) {
        const name = `${key}.edge${edge.index}.${kernel.name}`;
        const segment = groups.get(`${key}.source${edge.source}.${kernel.name}`)!;
        const first = (edge.target - edge.source - 1) * width;
        this.filterParameter(`${name}.weight`, segment, kernel.size, width, width, first);
        const fanIn = width * kernel.size * kernel.size;
        biases.push({ name: `${name}.bias`, channels: width, fanIn });
        // Holds the reference's place in the order; its offset is known once all else is laid out.
        this.parameters.push(biasParameter(`${name}.bias`, width, fanIn, -1));
      }
    }
  }

  private replaceParameter(name: string, fanIn: number, offset: number): void {
    const position = this.parameters.findIndex((parameter) => parameter.name === name);
    const channels = this.parameters[position]!.shape[0]!;
    this.parameters[position] = biasParameter(name, channels, fanIn, offset);
  }
}
