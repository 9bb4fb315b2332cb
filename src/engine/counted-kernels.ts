import { pooledSide, type PoolOptions } from './fused/branch';
import { Kernels, type Tensor } from './kernels';

interface Attributes {
  readonly axis: number;
  readonly size: readonly number[];
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
}

type Inputs = Readonly<Record<string, Tensor>> | readonly Tensor[];

/**
 * tfjs's kernels that compute nothing: the memory that each takes, intermediate results of its own
 * included. Those that our operations use, most of them on WebGPU alone.
 */
export class CountedKernels extends Kernels {
  /** @throws Error for a kernel that is not known here */
  protected override run(kernel: string, inputs: Inputs, attributes = {}): Tensor {
    const { axis, size, filterSize, strides } = attributes as Attributes;
    const { x, a, b, input, output } = inputs as Readonly<Record<string, Tensor>>;
    switch (kernel) {
      case 'Relu':
      case 'Step':
        return this.allocate(x!.shape);
      case 'Multiply':
        return this.allocate(a!.shape.map((side, i) => Math.max(side, b!.shape[i]!)));
      case 'Slice':
        return this.allocate(size);
      case 'Concat':
        return this.allocate(joined(inputs as readonly Tensor[], axis));
      case 'AvgPool':
        return this.allocate(pooled(x!, (side) => side / filterSize[0]));
      case 'MaxPool': {
        const options = { size: filterSize[0], stride: strides[0] } as PoolOptions;
        return this.allocate(pooled(x!, (side) => pooledSide(side, options)));
      }
      case 'MaxPoolGrad': {
        const places = this.allocate(output!.shape);
        const gradient = this.allocate(input!.shape);
        this.free(places);
        return gradient;
      }
      default:
        throw new Error(`It is not known what memory ${kernel} takes.`);
    }
  }
}

function joined(parts: readonly Tensor[], axis: number): number[] {
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return shape;
}

function pooled({ shape }: Tensor, after: (side: number) => number): number[] {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, after(height), after(width), channels];
}
