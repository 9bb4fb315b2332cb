import { sizeOf, type Tensor } from '../../kernels';
import type { Clock, MixPlan, SgdState } from '../fused';
import type { MethodKernels, Noise, Sides } from '../method';
import { clockOf, type Context } from './context';
import { dirichlet, dirichletInput, dirichletPull, logConcentration } from './wgsl/dirichlet';
import { addShifts, exponentiate, gumbel, gumbelInput, noiseRow } from './wgsl/method';
import { squareParts, squares, type RowsShape } from './wgsl/optimiser';
import { along, apart, corrected, length, lookAhead } from './wgsl/second-order';

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
    const tensors = [gradient, ...clockOf(clock), alpha];
    this.context.runner.launch('exponentiate', rowsOf(alpha), exponentiate, tensors);
  }

  logConcentration(alpha: Tensor, kept: Tensor | null): Tensor {
    const y = this.like(alpha);
    const shape = { size: sizeOf(alpha.shape), drops: kept !== null };
    const tensors = [alpha, ...(kept ? [kept] : []), y];
    this.context.runner.launch('logConcentration', shape, logConcentration, tensors);
    return y;
  }

  dirichlet(alpha: Tensor, draws: Tensor, kept: Tensor | null) {
    const [p, slope] = [this.like(alpha), this.like(alpha)];
    const shape = { ...rowsOf(alpha), drops: kept !== null };
    const tensors = [alpha, draws, ...(kept ? [kept] : []), p, slope];
    this.context.runner.launch('dirichlet', shape, dirichlet, tensors);
    return { p, slope };
  }

  dirichletInput(p: Tensor, slope: Tensor, dp: Tensor): Tensor {
    const dAlpha = this.like(p);
    const tensors = [p, slope, dp, dAlpha];
    this.context.runner.launch('dirichletInput', rowsOf(p), dirichletInput, tensors);
    return dAlpha;
  }

  dirichletPull(alpha: Tensor, gradient: Tensor, clock: Clock): Tensor {
    const y = this.like(alpha);
    const tensors = [alpha, gradient, ...clockOf(clock), y];
    this.context.runner.launch('dirichletPull', rowsOf(alpha), dirichletPull, tensors);
    return y;
  }

  gumbel(alpha: Tensor, draws: Tensor) {
    const [p, q] = [this.like(alpha), this.like(alpha)];
    this.context.runner.launch('gumbel', rowsOf(alpha), gumbel, [alpha, draws, p, q]);
    return { p, q };
  }

  gumbelInput(q: Tensor, p: Tensor, dp: Tensor, shifts: Tensor, draws: Tensor): Tensor {
    const dAlpha = this.like(p);
    const tensors = [q, p, dp, shifts, draws, dAlpha];
    this.context.runner.launch('gumbelInput', rowsOf(p), gumbelInput, tensors);
    return dAlpha;
  }

  addShifts(sums: Tensor, shifts: Tensor, { edges }: MixPlan): void {
    const shape = { edges, channels: sums.shape[1]! / edges.length };
    this.context.runner.launch('addShifts', shape, addShifts, [sums, shifts]);
  }

  lookAhead({ weights, momentum }: SgdState, gradient: Tensor, clock: Clock): Tensor {
    const y = this.like(weights);
    const tensors = [weights, momentum, gradient, ...clockOf(clock), y];
    this.context.runner.launch('lookAhead', { size: sizeOf(weights.shape) }, lookAhead, tensors);
    return y;
  }

  length(vector: Tensor): Tensor {
    const { k, runner, threads } = this.context;
    const shape = { size: sizeOf(vector.shape), threads };
    const parts = k.allocate([squareParts(shape)]);
    const sum = k.allocate([1]);
    runner.launch('squares', shape, squares, [vector, parts]);
    runner.launch('length', { parts: squareParts(shape) }, length, [parts, sum]);
    k.free(parts);
    return sum;
  }

  along(weights: Tensor, direction: Tensor, span: Tensor, distance: number): Tensor {
    const y = this.like(weights);
    const shape = { size: sizeOf(weights.shape), distance };
    this.context.runner.launch('along', shape, along, [weights, direction, span, y]);
    return y;
  }

  apart(weights: Tensor, { plus, minus }: Sides, factor: number): Tensor {
    const y = this.like(weights);
    const shape = { size: sizeOf(weights.shape), factor };
    this.context.runner.launch('apart', shape, apart, [weights, plus, minus, y]);
    return y;
  }

  corrected(
    gradient: Tensor,
    { plus, minus }: Sides,
    span: Tensor,
    distance: number,
    factor: number | 'weight rate',
    clock: Clock,
  ): Tensor {
    const y = this.like(gradient);
    const shape = { size: sizeOf(gradient.shape), distance, factor };
    const times = factor === 'weight rate' ? clockOf(clock) : [];
    const tensors = [gradient, plus, minus, span, ...times, y];
    this.context.runner.launch('corrected', shape, corrected, tensors);
    return y;
  }

  private like({ shape }: Tensor): Tensor {
    return this.context.k.allocate(shape);
  }
}

function rowsOf({ shape }: Tensor): RowsShape {
  const [rows, columns] = shape as [number, number];
  return { rows, columns };
}
