import { EDGES } from '../paper/cell';
import type { Operation } from '../paper/operation';
import { sizeOf } from './kernels';

/** What fixes the shape of a supernet. */
export interface Architecture {
  readonly channels: number;
  /** Cells per stage. */
  readonly cells: number;
  readonly resolution: number;
  readonly ops: readonly Operation[];
  readonly classes: number;
}

/** A stretch of the flat parameter vector that the forward pass reads as one tensor. */
export interface Segment {
  readonly key: string;
  /** tfjs layout: filters are `[height, width, in, out]`, the classifier `[in, out]`. */
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** One parameter tensor of the reference implementation, by its PyTorch name and layout. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bound of the uniform initial values is 1/sqrt(fanIn); null: batch norm, constant. */
  readonly fanIn: number | null;
  readonly constant: number;
  /** Place in the flat vector of the element with PyTorch flat index i. */
  readonly place: (i: number) => number;
}

const KERNELS = [
  { name: 'conv1', op: 'nor_conv_1x1', size: 1 },
  { name: 'conv3', op: 'nor_conv_3x3', size: 3 },
] as const;

/** Segments start at multiples of so many elements: WebGPU binds storage at multiples of 256 bytes. */
const ALIGNMENT = 64;

/**
 * The supernet's weights as one flat vector, so that clip, decay and optimiser are a handful of
 * operations and a checkpoint is one array.
 *
 * Filters of all edges that leave one source node lie side by side along the output channels. The
 * biases of the cells' convolutions, which batch statistics cancel, come last: they are counted and
 * decayed as in the reference, and no forward pass reads them. Gaps between segments hold zeros.
 */
export class Layout {
  readonly segments = new Map<string, Segment>();
  readonly parameters: Parameter[] = [];
  /** Number of elements of the vector, gaps included. */
  readonly size: number;
  /** Number of parameters. */
  readonly count: number;

  constructor(readonly architecture: Architecture) {
    const { channels, cells, classes } = architecture;
    const biases: { name: string; channels: number; fanIn: number }[] = [];
    this.filter('stem.conv', 3, 3, channels);
    this.norm('stem.bn', channels);
    for (let stage = 0; stage < 3; stage++) {
      const width = channels << stage;
      if (stage > 0) this.reduction(`reduce${stage}`, width >> 1, width);
      for (let cell = 0; cell < cells; cell++)
        this.cell(`stage${stage}.cell${cell}`, width, biases);
    }
    this.norm('head.bn', 4 * channels);
    this.classifier('head.fc', 4 * channels, classes);
    for (const bias of biases) {
      const segment = this.segment(bias.name, [bias.channels]);
      this.replaceParameter(bias.name, bias.fanIn, segment.offset);
    }
    this.size = aligned(this.end);
    this.count = this.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  get(key: string): Segment {
    const segment = this.segments.get(key);
    if (!segment) throw new Error(`No segment ${key} in this supernet.`);
    return segment;
  }

  /** Flat vector to the reference's named tensors in PyTorch layout. */
  toNamed(flat: Float32Array): Map<string, Float32Array> {
    return new Map(
      this.parameters.map(({ name, shape, place }) => [
        name,
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => flat[place(i)]!),
      ]),
    );
  }

  /** Fills a flat vector from a value for each parameter's PyTorch flat index. */
  build(value: (parameter: Parameter, position: number) => (i: number) => number): Float32Array {
    const flat = new Float32Array(this.size);
    this.parameters.forEach((parameter, position) => {
      const at = value(parameter, position);
      const size = sizeOf(parameter.shape);
      for (let i = 0; i < size; i++) flat[parameter.place(i)] = at(i);
    });
    return flat;
  }

  private end = 0;

  private segment(key: string, shape: readonly number[]): Segment {
    const segment = { key, shape, offset: aligned(this.end), size: sizeOf(shape) };
    this.segments.set(key, segment);
    this.end = segment.offset + segment.size;
    return segment;
  }

  private filter(key: string, size: number, inputs: number, outputs: number): void {
    const segment = this.segment(key, [size, size, inputs, outputs]);
    this.filterParameter(`${key}.weight`, segment, size, inputs, outputs, 0);
  }

  private filterParameter(
    name: string,
    segment: Segment,
    size: number,
    inputs: number,
    outputs: number,
    firstOutput: number,
  ): void {
    const width = segment.shape[3]!;
    const taps = size * size;
    this.parameters.push({
      name,
      shape: [outputs, inputs, size, size],
      fanIn: inputs * taps,
      constant: 0,
      place: (i) => {
        const tap = i % taps;
        const input = Math.floor(i / taps) % inputs;
        const output = Math.floor(i / (taps * inputs));
        return segment.offset + (tap * inputs + input) * width + firstOutput + output;
      },
    });
  }

  private norm(key: string, channels: number): void {
    const scale = this.segment(`${key}.scale`, [channels]);
    const shift = this.segment(`${key}.shift`, [channels]);
    const parameter = (name: string, constant: number, { offset }: Segment) =>
      this.parameters.push({
        name,
        shape: [channels],
        fanIn: null,
        constant,
        place: (i) => offset + i,
      });
    parameter(`${key}.weight`, 1, scale);
    parameter(`${key}.bias`, 0, shift);
  }

  private reduction(key: string, inputs: number, outputs: number): void {
    this.filter(`${key}.conv_a`, 3, inputs, outputs);
    this.norm(`${key}.bn_a`, outputs);
    this.filter(`${key}.conv_b`, 3, outputs, outputs);
    this.norm(`${key}.bn_b`, outputs);
    this.filter(`${key}.shortcut`, 1, inputs, outputs);
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

  private classifier(key: string, inputs: number, classes: number): void {
    const weight = this.segment(`${key}.weight`, [inputs, classes]);
    const bias = this.segment(`${key}.bias`, [classes]);
    this.parameters.push({
      name: `${key}.weight`,
      shape: [classes, inputs],
      fanIn: inputs,
      constant: 0,
      place: (i) => weight.offset + (i % inputs) * classes + Math.floor(i / inputs),
    });
    this.parameters.push(biasParameter(`${key}.bias`, classes, inputs, bias.offset));
  }

  private replaceParameter(name: string, fanIn: number, offset: number): void {
    const position = this.parameters.findIndex((parameter) => parameter.name === name);
    const channels = this.parameters[position]!.shape[0]!;
    this.parameters[position] = biasParameter(name, channels, fanIn, offset);
  }
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function biasParameter(name: string, channels: number, fanIn: number, offset: number): Parameter {
  return { name, shape: [channels], fanIn, constant: 0, place: (i) => offset + i };
}
