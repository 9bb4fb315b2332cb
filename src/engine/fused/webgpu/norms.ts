import type { Tensor } from '../../kernels';
import type { Normalised } from '../fused';
import { channelsOf, expectShape, imagesOf, rowsOf, storedAs, type Context } from './context';
import { headPool, headPoolInput, pool2, pool2Input } from './wgsl/head';
import { momentsParts, momentsSum, tableParts, track } from './wgsl/moments';
import { normForward, normInput, normSumsParts, normSumsSum } from './wgsl/norm';

/** Batch norms with scale and shift, and the plain pools. */
export class Norms {
  constructor(private readonly context: Context) {}

  readonly moments = (z: Tensor): Tensor => {
    const { k, runner, threads } = this.context;
    expectFloats(z);
    const table = { ...tableOf(z), threads };
    const rows = tableParts(table);
    const parts = k.allocate([rows.parts * 2 * table.channels]);
    const moments = k.allocate([2, table.channels]);
    runner.launch('moments', table, momentsParts, [z, parts]);
    const sum = { tables: 1, channels: table.channels, rows };
    runner.launch('moments sum', sum, momentsSum, [parts, moments]);
    k.free(parts);
    return moments;
  };

  readonly track = (moments: Tensor, running: Tensor, rows: number): void => {
    const shape = { channels: channelsOf(running), rows };
    this.context.runner.launch('track', shape, track, [moments, running]);
  };

  readonly norm = (n: Normalised, scale: Tensor, shift: Tensor, add: Tensor | null): Tensor => {
    const { k, runner } = this.context;
    const y = add ? k.view(add, n.z.shape) : k.allocate(n.z.shape);
    const shape = { ...tableOf(n.z), add: add !== null };
    runner.launch('norm', shape, normForward, [n.z, n.moments, scale, shift, y]);
    return y;
  };

  readonly normSums = (
    n: Normalised,
    g: Tensor,
    into: { scale: Tensor; shift: Tensor } | null,
  ): Tensor => {
    const { k, runner, threads } = this.context;
    const table = { ...tableOf(n.z), threads };
    const { channels } = table;
    const { parts } = tableParts(table);
    const partial = k.allocate([parts * 2 * channels]);
    const sums = k.allocate([2, channels]);
    runner.launch('normSums', table, normSumsParts, [n.z, n.moments, g, partial]);
    const shape = { channels, parts, into: into !== null };
    const results = into ? [sums, into.shift, into.scale] : [sums];
    runner.launch('normSums sum', shape, normSumsSum, [partial, ...results]);
    k.free(partial);
    return sums;
  };

  readonly normInput = (n: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor => {
    const { k, runner } = this.context;
    const dz = k.allocate(n.z.shape);
    const tensors = [n.z, n.moments, scale, sums, g, dz];
    runner.launch('normInput', tableOf(n.z), normInput, tensors);
    return dz;
  };

  readonly pool2 = (x: Tensor): Tensor => {
    const { k, runner } = this.context;
    const images = imagesOf(x);
    const { batch, height, width, channels } = images;
    const y = k.allocate([batch, height / 2, width / 2, channels]);
    runner.launch('pool2', images, pool2, [x, y]);
    return y;
  };

  readonly pool2Input = (dy: Tensor, add: Tensor | null): Tensor => {
    const { k, runner } = this.context;
    const { batch, height, width, channels } = imagesOf(dy);
    const shape = [batch, 2 * height, 2 * width, channels];
    if (add) expectShape('What is added', add, shape);
    const dx = add ?? k.allocate(shape);
    const images = { ...imagesOf(dx), add: add !== null };
    runner.launch('pool2Input', images, pool2Input, [dy, dx]);
    return dx;
  };

  readonly headPool = (n: Normalised, scale: Tensor, shift: Tensor): Tensor => {
    const { k, runner } = this.context;
    expectFloats(n.z);
    const images = imagesOf(n.z);
    const pooled = k.allocate([images.batch, images.channels]);
    runner.launch('headPool', images, headPool, [n.z, n.moments, scale, shift, pooled]);
    return pooled;
  };

  readonly headPoolInput = (
    n: Normalised,
    scale: Tensor,
    shift: Tensor,
    dPooled: Tensor,
  ): Tensor => {
    const { k, runner } = this.context;
    expectFloats(n.z);
    const g = k.allocate(n.z.shape);
    const tensors = [n.z, n.moments, scale, shift, dPooled, g];
    runner.launch('headPoolInput', imagesOf(n.z), headPoolInput, tensors);
    return g;
  };
}

function tableOf(z: Tensor) {
  return { rows: rowsOf(z), channels: channelsOf(z), stored: storedAs(z) };
}

function expectFloats(z: Tensor): void {
  if (storedAs(z) !== 'f32') throw new Error('Only convolutions write 16-bit floats.');
}
