import { sizeOf } from './kernels';

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

/** Segments start at multiples of so many elements: WebGPU binds storage at multiples of 256 bytes. */
const ALIGNMENT = 64;

/**
 * A supernet's weights as one flat vector, so that clip, decay and optimiser are a handful of
 * operations and a checkpoint is one array. Gaps between segments hold zeros. A constructor lays the
 * segments out, in the order in which the parameters shall be named, and ends with `close`.
 */
export abstract class Parameters {
  readonly segments = new Map<string, Segment>();
  readonly parameters: Parameter[] = [];
  private elements = 0;
  private end = 0;

  /** Number of elements of the vector, gaps included. */
  get size(): number {
    return this.elements;
  }

  /** Number of parameters. */
  get count(): number {
    return this.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
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

  protected close(): void {
    this.elements = aligned(this.end);
  }

  protected segment(key: string, shape: readonly number[]): Segment {
    const segment = { key, shape, offset: aligned(this.end), size: sizeOf(shape) };
    this.segments.set(key, segment);
    this.end = segment.offset + segment.size;
    return segment;
  }

  protected filter(key: string, size: number, inputs: number, outputs: number): void {
    const segment = this.segment(key, [size, size, inputs, outputs]);
    this.filterParameter(`${key}.weight`, segment, size, inputs, outputs, 0);
  }

  protected filterParameter(
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

  protected norm(key: string, channels: number): void {
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

  /** The residual block between stages; see `residualForward`. */
  protected reduction(key: string, inputs: number, outputs: number): void {
    this.filter(`${key}.conv_a`, 3, inputs, outputs);
    this.norm(`${key}.bn_a`, outputs);
    this.filter(`${key}.conv_b`, 3, outputs, outputs);
    this.norm(`${key}.bn_b`, outputs);
    this.filter(`${key}.shortcut`, 1, inputs, outputs);
  }

  protected classifier(key: string, inputs: number, classes: number): void {
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
}

/** The next place at which a segment may start. */
export function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export function biasParameter(
  name: string,
  channels: number,
  fanIn: number,
  offset: number,
): Parameter {
  return { name, shape: [channels], fanIn, constant: 0, place: (i) => offset + i };
}
