import {
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelBackend,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/*
 * The training kernels that tfjs 4.22's wasm backend lacks or does badly (tensorflow/tfjs #8474).
 * They can go once the package registers Conv2DBackpropFilter itself and its Conv2DBackpropInput
 * runs on XNNPACK, and once its BatchMatMul tells two shapes of one tensor apart.
 */

type Attributes = Record<string, unknown>;
type Run = (kernel: string, inputs: Record<string, TensorInfo>, attrs?: Attributes) => TensorInfo;

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
}

let registered = false;

/** Registers the convolution gradients for `wasm`. Safe to call twice. */
export function registerWasmTrainingKernels(): void {
  if (registered) return;
  registered = true;
  const stockInput = getKernel('Conv2DBackpropInput', 'wasm');
  if (stockInput) unregisterKernel('Conv2DBackpropInput', 'wasm');
  registerKernel({
    kernelName: 'Conv2DBackpropInput',
    backendName: 'wasm',
    kernelFunc: (call) => {
      const { dy, filter } = call.inputs as unknown as { dy: TensorInfo; filter: TensorInfo };
      const attrs = call.attrs as unknown as ConvolutionAttributes & { inputShape: number[] };
      const plan = planInputGradient(attrs, filter.shape, dy.shape);
      if (!plan) {
        if (!stockInput) throw new Error('wasm: no input gradient for this convolution.');
        return stockInput.kernelFunc(call);
      }
      return inputGradient(call.backend as KernelBackend, dy, filter, plan);
    },
  });
  guardMatmul();
  registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: (call) => {
      const { x, dy } = call.inputs as unknown as { x: TensorInfo; dy: TensorInfo };
      const attrs = call.attrs as unknown as ConvolutionAttributes & { filterShape: number[] };
      return filterGradient(call.backend as KernelBackend, x, dy, attrs);
    },
  });
}

/**
 * The stock BatchMatMul keeps one XNNPACK operator per right-hand tensor and finds it by data id
 * alone. A reshaped view has the id of its tensor, so a second product with the other shape would
 * read the first one's packed weights: an abort at best, wrong numbers at worst. Such a product runs
 * on a copy.
 */
function guardMatmul(): void {
  const stock = getKernel('BatchMatMul', 'wasm');
  if (!stock) return;
  const shapes = new WeakMap<object, string>();
  unregisterKernel('BatchMatMul', 'wasm');
  registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
      const shape = b.shape.slice(-2).join();
      const known = shapes.get(b.dataId) ?? shape;
      shapes.set(b.dataId, known);
      if (known === shape) return stock.kernelFunc(call);
      const backend = call.backend as KernelBackend;
      return compose(backend, (run) => {
        const size = b.shape.reduce((x, y) => x * y, 1);
        const copy = run('Slice', { x: view(b, [size]) }, { begin: [0], size: [size] });
        const product = stock.kernelFunc({ ...call, inputs: { a, b: view(copy, b.shape) } });
        return product as TensorInfo;
      });
    },
  });
}

/** Runs stock wasm kernels and frees every result but the one returned. */
function compose(backend: KernelBackend, body: (run: Run) => TensorInfo): TensorInfo {
  const made = new Set<object>();
  const run: Run = (kernel, inputs, attrs = {}) => {
    const config = getKernel(kernel, 'wasm');
    const result = config.kernelFunc({
      inputs,
      attrs: attrs as NamedAttrMap,
      backend,
    }) as TensorInfo;
    made.add(result.dataId);
    return result;
  };
  const result = body(run);
  made.delete(result.dataId);
  for (const dataId of made) backend.disposeData(dataId);
  return result;
}

const view = (tensor: TensorInfo, shape: number[]): TensorInfo => ({
  dataId: tensor.dataId,
  shape,
  dtype: tensor.dtype,
});

function strideOf(strides: ConvolutionAttributes['strides']): number {
  const [height, width] = typeof strides === 'number' ? [strides, strides] : strides;
  return height === width ? height : Number.NaN;
}

/** Zeros on every side; null when they are not the same on all four. */
function padOf(attrs: ConvolutionAttributes, size: number, stride: number): number | null {
  if (typeof attrs.pad === 'number') return attrs.pad;
  if (attrs.pad === 'valid') return 0;
  return stride === 1 && size % 2 === 1 ? (size - 1) / 2 : null;
}

interface InputGradientPlan {
  readonly stride: 1 | 2;
  readonly pad: number;
}

function planInputGradient(
  attrs: ConvolutionAttributes & { inputShape: number[] },
  filterShape: readonly number[],
  dyShape: readonly number[],
): InputGradientPlan | null {
  const [height, width] = filterShape as [number, number];
  if (height !== width) return null;
  const stride = strideOf(attrs.strides);
  const pad = padOf(attrs, height, stride);
  if (pad === null || pad > height - 1) return null;
  if (stride === 1) return { stride: 1, pad: height - 1 - pad };
  // Stride 2 on an even size: doubling dy leaves one zero row at the end, which makes the padding of
  // the flipped convolution equal on all sides.
  const doubled =
    stride === 2 &&
    height === 3 &&
    pad === 1 &&
    attrs.inputShape[1] === 2 * dyShape[1]! &&
    attrs.inputShape[2] === 2 * dyShape[2]!;
  return doubled ? { stride: 2, pad: 1 } : null;
}

/** The input gradient is a convolution of dy with the filter flipped and its channels exchanged. */
function inputGradient(
  backend: KernelBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  { stride, pad }: InputGradientPlan,
): TensorInfo {
  return compose(backend, (run) => {
    const turned = turnFilter(backend, filter);
    const spread = stride === 1 ? dy : interleaveZeros(run, backend, dy);
    const dx = run('Conv2D', { x: spread, filter: turned }, conv2d(1, pad));
    backend.disposeData(turned.dataId);
    return dx;
  });
}

/** `[b, h, w, c]` to `[b, 2h, 2w, c]` with dy at the even places. */
function interleaveZeros(run: Run, backend: KernelBackend, dy: TensorInfo): TensorInfo {
  const [batch, height, width, channels] = dy.shape as [number, number, number, number];
  const insert = new Float32Array(channels * 2 * channels);
  for (let c = 0; c < channels; c++) insert[c * 2 * channels + c] = 1;
  const matrix: TensorInfo = {
    dataId: backend.write(insert, [1, channels, 2 * channels], 'float32'),
    shape: [1, channels, 2 * channels],
    dtype: 'float32',
  };
  const pixels = batch * height * width;
  const wide = run(
    'BatchMatMul',
    { a: view(dy, [1, pixels, channels]), b: matrix },
    { transposeA: false, transposeB: false },
  );
  backend.disposeData(matrix.dataId);
  const row = width * 2 * channels;
  const tall = run(
    'PadV2',
    { x: view(wide, [batch * height, row]) },
    {
      paddings: [
        [0, 0],
        [0, row],
      ],
      constantValue: 0,
    },
  );
  return view(tall, [batch, 2 * height, 2 * width, channels]);
}

/**
 * Copies a small tensor with its elements in another order. In JavaScript on purpose: on this backend
 * the values are at hand, and the stock Reverse and GatherV2 take many times longer.
 */
function reorder(
  backend: KernelBackend,
  tensor: TensorInfo,
  shape: number[],
  fill: (from: Float32Array, to: Float32Array) => void,
): TensorInfo {
  const from = backend.readSync(tensor.dataId) as Float32Array;
  const to = new Float32Array(from.length);
  fill(from, to);
  return { dataId: backend.write(to, shape, 'float32'), shape, dtype: 'float32' };
}

/** A filter `[h, w, in, out]` turned by half a turn and with its channels exchanged. */
function turnFilter(backend: KernelBackend, filter: TensorInfo): TensorInfo {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const taps = height * width;
  return reorder(backend, filter, [height, width, outputs, inputs], (from, to) => {
    let i = 0;
    for (let tap = taps - 1; tap >= 0; tap--) {
      for (let output = 0; output < outputs; output++) {
        for (let input = 0; input < inputs; input++) {
          to[i++] = from[(tap * inputs + input) * outputs + output]!;
        }
      }
    }
  });
}

/** Taps `[out, h, w, in]` turned by half a turn, as a filter `[h, w, in, out]`. */
function tapsToFilter(backend: KernelBackend, result: TensorInfo): TensorInfo {
  const [outputs, height, width, inputs] = result.shape as [number, number, number, number];
  const taps = height * width;
  return reorder(backend, result, [height, width, inputs, outputs], (from, to) => {
    let i = 0;
    for (let tap = taps - 1; tap >= 0; tap--) {
      for (let input = 0; input < inputs; input++) {
        for (let output = 0; output < outputs; output++) {
          to[i++] = from[(output * taps + tap) * inputs + input]!;
        }
      }
    }
  });
}

/**
 * The filter gradient is a convolution too, in one XNNPACK call in place of one product per filter
 * tap: batch and channels are exchanged, and one of x and dy is the image, the other the filter.
 * XNNPACK packs the filter of every call, so with stride 1 the one with fewer channels takes that
 * part; if that is x, the result comes out turned by half a turn. With stride 2, x is the image and
 * the stride becomes the dilation of the filter dy.
 */
function filterGradient(
  backend: KernelBackend,
  x: TensorInfo,
  dy: TensorInfo,
  attrs: ConvolutionAttributes & { filterShape: number[] },
): TensorInfo {
  const [height, width, inputs, outputs] = attrs.filterShape as [number, number, number, number];
  const stride = strideOf(attrs.strides);
  const pad = padOf(attrs, height, stride);
  if (Number.isNaN(stride) || pad === null || height !== width) {
    throw new Error('wasm: no filter gradient for this convolution.');
  }
  const imageOf = (run: Run, t: TensorInfo) => run('Transpose', { x: t }, { perm: [3, 1, 2, 0] });
  const filterOf = (run: Run, t: TensorInfo) => run('Transpose', { x: t }, { perm: [1, 2, 0, 3] });
  return compose(backend, (run) => {
    if (stride === 1 && inputs < outputs && pad === (height - 1) / 2) {
      const image = imageOf(run, dy);
      const taps = run('Conv2D', { x: image, filter: filterOf(run, x) }, conv2d(1, pad));
      return tapsToFilter(backend, taps);
    }
    const image = imageOf(run, x);
    const taps = run('Conv2D', { x: image, filter: filterOf(run, dy) }, conv2d(1, pad, stride));
    const turned = run('Transpose', { x: taps }, { perm: [1, 2, 0, 3] });
    if (turned.shape[0] === height && turned.shape[1] === width) return turned;
    return run('Slice', { x: turned }, { begin: [0, 0, 0, 0], size: [...attrs.filterShape] });
  });
}

function conv2d(stride: number, pad: number, dilation = 1): Attributes {
  return {
    strides: [stride, stride],
    pad,
    dataFormat: 'NHWC',
    dilations: [dilation, dilation],
    dimRoundingMode: undefined,
  };
}
