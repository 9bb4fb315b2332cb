import { describe, expect, test } from 'vitest';
import type { MixPlan } from '../../../src/engine/fused/fused';
import { EDGES } from '../../../src/paper/cell';
import { dot, plus, zeros } from '../plain-array';
import * as plain from '../plain-kernels';
import * as mixture from '../plain-mixture';
import { expectClose, listed, type Bench } from './bench';
import { noise, rounded } from './noise';

interface Case {
  readonly ops: readonly string[];
  readonly source: number;
  /** `[batch, height, width, channels]` */
  readonly shape: readonly number[];
}

/** Pixels across of the convolutions. */
const WIDTHS: Readonly<Record<string, number>> = { conv1: 1, conv3: 3 };
const ALL = ['none', 'skip', 'conv1', 'conv3', 'pool'];

const CASES: readonly Case[] = [
  // Every subset of the operations, with 3, 2 and 1 edges in turn.
  ...Array.from({ length: 16 }, (_, bits) => ({
    ops: ALL.filter((op, i) => op === 'none' || ((bits >> (i - 1)) & 1) === 1),
    source: bits % 3,
    shape: [3, 4, 4, 4],
  })),
  ...[0, 1, 2].map((source) => ({ ops: ALL, source, shape: [2, 8, 8, 4] })),
];
/** All operations, cut into threads in many ways. */
const FEW_CASES: readonly Case[] = [
  { ops: ['pool', 'conv3', 'skip', 'conv1'], source: 0, shape: [5, 4, 4, 6] },
  { ops: ALL, source: 1, shape: [3, 2, 2, 5] },
  { ops: ALL, source: 0, shape: [2, 2, 2, 16] },
  { ops: ALL, source: 0, shape: [8, 16, 16, 4] },
  { ops: ALL, source: 2, shape: [8, 16, 16, 8] },
];

function planOf({ ops, source }: Case): MixPlan {
  return {
    edges: EDGES.filter((edge) => edge.source === source).map(({ index }) => index),
    columns: ops.length,
    skip: ops.indexOf('skip'),
    pool: ops.indexOf('pool'),
    convs: ops.flatMap((op, column) => (op in WIDTHS ? [column] : [])),
  };
}

/** @param few leaves out the subsets of the operations */
export function mixtureSuite(bench: () => Bench, { few = false } = {}): void {
  const cases = few ? FEW_CASES : [...CASES, ...FEW_CASES];
  describe('mixture', () => {
    test.each(cases)('of $ops from node $source, $shape', async (shape) => {
      const plan = planOf(shape);
      const edges = plan.edges.length;
      const [batch, height, width, channels] = shape.shape as [number, number, number, number];
      const x = noise(shape.shape, 1, { mean: 0.2, zeros: 11 });
      const p = noise([6, plan.columns], 2);
      const convs = plan.convs.map((_, i) => {
        const z = noise([batch, height, width, edges * channels], 3 + i, { mean: i });
        return { z, moments: rounded(plain.moments(z)) };
      });
      const before = plan.edges.map((_, e) => noise(shape.shape, 10 + e));
      const dys = plan.edges.map((_, e) => noise(shape.shape, 20 + e, { mean: 0.1 }));
      const add = noise(shape.shape, 30);
      const dpBefore = noise([6, plan.columns], 31);
      // Gradients of the convolutions' results, for the way back through all that reads x.
      const sizes = shape.ops.flatMap((op) => WIDTHS[op] ?? []);
      const filters = sizes.map((size, i) =>
        noise([size, size, channels, edges * channels], 40 + i),
      );
      const dzs = convs.map(({ z }, i) => noise(z.shape, 50 + i));
      const { sums, dp } = mixture.mixSums(x, convs, dys, plan);
      const roundedSums = rounded(sums);

      const { fused } = bench();
      const got = await bench().run<string>((desk) => {
        const image = desk.put(x);
        const weights = desk.put(p);
        const on = convs.map(({ z, moments }) => ({ z: desk.put(z), moments: desk.put(moments) }));
        const gradients = dys.map((dy) => desk.put(dy));
        const dpInto = desk.give(dpBefore);
        const nobody = plan.edges.map(() => null);
        const mixed = fused.mix(image, weights, on, nobody, plan);
        const given = before.map((node) => desk.give(node));
        const added = fused.mix(image, weights, on, given, plan);
        const sumsAlone = fused.mixSums(image, on, gradients, null, plan);
        const first = fused.mixSums(image, on, gradients, dpInto, plan);
        fused.mixSums(image, on, gradients, dpInto, plan);
        return {
          ...listed('mixed', mixed),
          ...listed('added', added),
          ...listed('dz', fused.mixConvs(weights, on, desk.put(roundedSums), gradients, plan)),
          sumsAlone,
          sums: first,
          dp: dpInto,
          dx: fused.mixInput(weights, gradients, null, plan),
          dxAll: fused.sourceInput(
            image,
            weights,
            dzs.map((dz, i) => ({ dz: desk.put(dz), filter: desk.put(filters[i]!, 'stretch') })),
            gradients,
            plan,
          ),
          dxAdded: fused.mixInput(weights, gradients, desk.give(add), plan),
        };
      });

      const nobody = plan.edges.map(() => null);
      mixture.mix(x, p, convs, nobody, plan).forEach((node, e) => {
        expectClose(`mix, edge ${e}`, got[`mixed ${e}`]!, node);
      });
      mixture.mix(x, p, convs, before, plan).forEach((node, e) => {
        expectClose(`mix onto a node, edge ${e}`, got[`added ${e}`]!, node);
      });
      expectClose('mixSums without dp', got.sumsAlone!, sums);
      expectClose('mixSums', got.sums!, sums);
      const twice = plus(dpBefore, plus(dp, dp));
      expectClose('dp of two', got.dp!, twice);
      mixture.mixConvs(p, convs, roundedSums, dys, plan).forEach((dz, i) => {
        expectClose(`mixConvs ${i}`, got[`dz ${i}`]!, dz);
      });
      expectClose('mixInput', got.dx!, mixture.mixInput(p, dys, null, plan));
      if (convs.length === 0) {
        // Then the mixture is linear in x, and its gradient is its adjoint.
        const forward = dys.reduce((sum, dy, e) => sum + dot(got[`mixed ${e}`]!, dy), 0);
        const magnitude = edges * x.values.length;
        expect(Math.abs(forward - dot(x, got.dx!))).toBeLessThan(1e-6 * magnitude);
      }
      const throughConvs = dzs.reduce(
        (sum, dz, i) =>
          plus(sum, plain.convInput(dz, filters[i]!, x, null, { stride: 1, relu: true })),
        zeros(x.shape),
      );
      const dxAll = mixture.mixInput(p, dys, throughConvs, plan);
      expectClose('sourceInput', got.dxAll!, dxAll);
      expectClose('mixInput + add', got.dxAdded!, mixture.mixInput(p, dys, add, plan));
    });
  });
}
