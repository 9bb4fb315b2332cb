import type { Tensor } from '../../kernels';
import type { Clock } from '../fused';
import type { MethodKernels, Noise } from '../method';
import { clockOf, type Context } from './context';
import { exponentiate, noiseRow } from './wgsl/method';

/** What only some search methods need. */
export class Methods implements MethodKernels {
  constructor(private readonly context: Context) {}

  noise({ width, table }: Noise, clock: Clock): Tensor {
    const { k, runner } = this.context;
    const [, counter] = clockOf(clock);
    if (!table) throw new Error('This backend reads the numbers of a step on the device.');
    const row = k.allocate([width]);
    runner.launch('noiseRow', { width }, noiseRow, [table, counter, row]);
    return row;
  }

  exponentiate(alpha: Tensor, gradient: Tensor, clock: Clock): void {
    const [rows, columns] = alpha.shape as [number, number];
    const tensors = [gradient, ...clockOf(clock), alpha];
    this.context.runner.launch('exponentiate', { rows, columns }, exponentiate, tensors);
  }
}
