import {
  add,
  engine,
  mul,
  registerGradient,
  registerKernel,
  slice,
  type GradConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor as TfTensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { BackendName } from '../../trace/types';
import { sizeOf, type Kernels } from '../kernels';
import type { ConvOptions, FusedKernels, MixPlan, Normalised, Tensor } from './fused';

/*
 * The differentiable ones of the fused operations as kernels of tfjs with gradients, so that `tf.grad`
 * goes through them as through tfjs's own operations. Second derivatives are not defined.
 */

type Run = (
  fused: FusedKernels,
  inputs: readonly Tensor[],
  attrs: NamedAttrMap,
) => readonly Tensor[];

/** What computes, by the name of its backend. */
const open = new Map<string, Kernels>();

/**
 * Runs `body` on the open device. Its results leave our bookkeeping for tfjs's: each gets one more
 * owner, and the scope gives up its own share.
 */
function onDevice<T extends Tensor | readonly Tensor[]>(
  body: (fused: FusedKernels, k: Kernels) => T,
): T {
  const { backend, backendName } = engine();
  const k = open.get(backendName);
  if (!k) throw new Error(`The fused kernels are not registered for ${backendName}.`);
  return k.scope(() => {
    const value = body(k.fused, k);
    for (const { dataId } of [value].flat() as Tensor[]) backend.incRef(dataId);
    return { keep: [], value };
  });
}

const tensorOf = (info: Tensor): TfTensor => engine().makeTensorFromTensorInfo(info);

/** A result computed on the open device, as a tensor of tfjs. */
const made = (body: (fused: FusedKernels, k: Kernels) => Tensor): TfTensor =>
  tensorOf(onDevice(body));

/** Several, of one computation, as the gradients of the inputs with these names. */
function gradients(
  names: readonly string[],
  body: (fused: FusedKernels, k: Kernels) => readonly Tensor[],
): Record<string, () => TfTensor> {
  const tensors = onDevice(body).map(tensorOf);
  return Object.fromEntries(names.map((name, i) => [name, () => tensors[i]!]));
}

const empty = (k: Kernels, shape: readonly number[]): Tensor =>
  k.upload(new Float32Array(sizeOf(shape)), shape);

interface Differentiable {
  readonly run: Run;
  readonly gradient: Omit<GradConfig, 'kernelName'>;
}

const conv2d: Differentiable = {
  run: (fused, [x, filter], attrs) => [fused.conv(x!, filter!, attrs as unknown as ConvOptions)],
  gradient: {
    inputsToSave: ['x', 'filter'],
    gradFunc: (dz, [x, filter], attrs) => {
      const options = attrs as unknown as ConvOptions;
      return {
        x: () => made((fused) => fused.convInput(dz as TfTensor, filter!, x!, null, options)),
        filter: () =>
          made((fused, k) => {
            const into = empty(k, filter!.shape);
            fused.convFilter(x!, dz as TfTensor, into, options);
            return into;
          }),
      };
    },
  },
};

/** From the gradient of norm(z) to those of z, scale and shift. */
function throughNorm(fused: FusedKernels, k: Kernels, n: Normalised, scale: Tensor, g: Tensor) {
  const into = { scale: empty(k, scale.shape), shift: empty(k, scale.shape) };
  const sums = fused.normSums(n, g, into);
  return [fused.normInput(n, scale, sums, g), into.scale, into.shift];
}

const normalise: Differentiable = {
  run: (fused, [z, scale, shift]) => {
    const n = { z: z!, moments: fused.moments(z!) };
    return [fused.norm(n, scale!, shift!, null), n.moments];
  },
  gradient: {
    inputsToSave: ['z', 'scale'],
    outputsToSave: [false, true],
    gradFunc: (dys, [z, scale, moments]) =>
      gradients(['z', 'scale', 'shift'], (fused, k) =>
        throughNorm(fused, k, { z: z!, moments: moments! }, scale!, (dys as TfTensor[])[0]!),
      ),
  },
};

const normalisedAll = (fused: FusedKernels, zs: readonly Tensor[]): Normalised[] =>
  zs.map((z) => ({ z, moments: fused.moments(z) }));

const mixture: Differentiable = {
  run: (fused, [x, p, ...zs], attrs) => {
    const plan = attrs as unknown as MixPlan;
    const nodes = plan.edges.map(() => null);
    return fused.mix(x!, p!, normalisedAll(fused, zs), nodes, plan);
  },
  gradient: {
    saveAllInputs: true,
    gradFunc: (dy, [x, p, ...zs], attrs) => {
      const plan = attrs as unknown as MixPlan;
      const dys = [dy].flat();
      return gradients(
        // tfjs names the entries of a list by their places.
        [x, p, ...zs].map((_, i) => String(i)),
        (fused, k) => {
          const convs = normalisedAll(fused, zs);
          const dp = empty(k, p!.shape);
          const sums = fused.mixSums(x!, convs, dys, dp, plan);
          const dx = fused.mixInput(p!, dys, null, plan);
          return [dx, dp, ...fused.mixConvs(p!, convs, sums, dys, plan)];
        },
      );
    },
  },
};

const halve: Differentiable = {
  run: (fused, [x]) => [fused.pool2(x!)],
  gradient: {
    gradFunc: (dy) => ({ x: () => made((fused) => fused.pool2Input(dy as TfTensor, null)) }),
  },
};

const poolHead: Differentiable = {
  run: (fused, [z, scale, shift]) => {
    const n = { z: z!, moments: fused.moments(z!) };
    return [fused.headPool(n, scale!, shift!), n.moments];
  },
  gradient: {
    inputsToSave: ['z', 'scale', 'shift'],
    outputsToSave: [false, true],
    gradFunc: (dys, [z, scale, shift, moments]) =>
      gradients(['z', 'scale', 'shift'], (fused, k) => {
        const n = { z: z!, moments: moments! };
        const g = fused.headPoolInput(n, scale!, shift!, (dys as TfTensor[])[0]!);
        return throughNorm(fused, k, n, scale!, g);
      }),
  },
};

const crossEntropy: Differentiable = {
  run: (fused, [pooled, weight, bias, labels]) => {
    const { scores, logits, dLogits } = fused.classify(pooled!, weight!, bias!, labels!);
    return [scores, logits, dLogits];
  },
  gradient: {
    inputsToSave: ['pooled', 'weight', 'bias'],
    outputsToSave: [false, false, true],
    gradFunc: (dys, [pooled, weight, bias, dLogits]) => {
      const [dScores, onLogits] = dys as TfTensor[];
      // The number of right answers is constant wherever it has a slope.
      const g = add(mul(dLogits!, slice(dScores!, [0], [1])), onLogits!);
      return gradients(['pooled', 'weight', 'bias'], (fused, k) => {
        const into = { weight: empty(k, weight!.shape), bias: empty(k, bias!.shape) };
        fused.classifyWeights(pooled!, g, into);
        return [fused.classifyInput(g, weight!), into.weight, into.bias];
      });
    },
  },
};

const KERNELS = {
  AlphascopeConv: conv2d,
  AlphascopeBatchNorm: normalise,
  AlphascopeMix: mixture,
  AlphascopePool2: halve,
  AlphascopeHeadPool: poolHead,
  AlphascopeCrossEntropy: crossEntropy,
} as const satisfies Record<string, Differentiable>;

const registered = new Set<BackendName>();

/** Makes the fused kernels of this device those that tfjs calls on its backend. */
export function registerFused(k: Kernels): void {
  open.set(k.name, k);
  if (registered.has(k.name)) return;
  for (const [kernelName, { run, gradient }] of Object.entries<Differentiable>(KERNELS)) {
    if (registered.size === 0) registerGradient({ ...gradient, kernelName });
    registerKernel({
      kernelName,
      backendName: k.name,
      kernelFunc: ({ inputs, attrs = {} }) =>
        onDevice((fused) => [...run(fused, Object.values(inputs) as Tensor[], attrs)]),
    });
  }
  registered.add(k.name);
}

/** The first results of a kernel; the others are only for its gradient, which holds its own share. */
function call(
  name: keyof typeof KERNELS,
  count: number,
  inputs: object,
  attrs: object = {},
): TfTensor[] {
  const results: TfTensor[] = engine().runKernel(
    name,
    inputs as NamedTensorMap,
    attrs as NamedAttrMap,
  );
  for (const rest of results.slice(count)) rest.dispose();
  return results.slice(0, count);
}

/** {@link FusedKernels.conv} */
export function conv(x: Tensor4D, filter: Tensor4D, options: ConvOptions): Tensor4D {
  return call('AlphascopeConv', 1, { x, filter }, options)[0] as Tensor4D;
}

/** Batch norm with batch statistics. @param scale,shift `[channels]` */
export function batchNorm(z: Tensor4D, scale: Tensor1D, shift: Tensor1D): Tensor4D {
  return call('AlphascopeBatchNorm', 1, { z, scale, shift })[0] as Tensor4D;
}

/** {@link FusedKernels.mix} of convolutions before their batch norm, to nodes that have nothing yet. */
export function mix(
  x: Tensor4D,
  p: Tensor2D,
  convs: readonly Tensor4D[],
  plan: MixPlan,
): Tensor4D[] {
  return call('AlphascopeMix', plan.edges.length, [x, p, ...convs], plan) as Tensor4D[];
}

/** {@link FusedKernels.pool2} */
export function pool2(x: Tensor4D): Tensor4D {
  return call('AlphascopePool2', 1, { x })[0] as Tensor4D;
}

/** {@link FusedKernels.headPool} with z's own statistics: `[batch, channels]`. */
export function headPool(z: Tensor4D, scale: Tensor1D, shift: Tensor1D): Tensor2D {
  return call('AlphascopeHeadPool', 1, { z, scale, shift })[0] as Tensor2D;
}

/** {@link FusedKernels.classify}: the differentiable loss is the first of the scores. */
export function classify(
  pooled: Tensor2D,
  weight: Tensor2D,
  bias: Tensor1D,
  labels: Tensor1D,
): { readonly scores: Tensor1D; readonly logits: Tensor2D } {
  const inputs = { pooled, weight, bias, labels };
  const [scores, logits] = call('AlphascopeCrossEntropy', 2, inputs);
  return { scores: scores as Tensor1D, logits: logits as Tensor2D };
}
