/*
 * The supernet's operations on the memory of tfjs's wasm backend. Compiled by scripts/wasm.mjs.
 *
 * Tensors are addresses of float32 values unless a docstring says otherwise. There is no memory of
 * our own: no arrays, no strings; scratch space comes from the caller.
 */
export { rectified, rectifiedInput, rectifiedSums } from './branch';
export { copyChannels } from './channels';
export { conv, convInput, convSpace } from './conv';
export { convFilter, convFilterSpace } from './conv-filter';
export { maxPool, maxPoolInput, maxPoolSpace } from './max-pool';
export { finishMoments, moments, normSpace } from './moments';
export { norm, normInput, normSums } from './norm';
export { mix } from './mix';
export { mixConvs, mixInput } from './mix-gradients';
export { mixSums } from './mix-sums';
export { mixSpace } from './table';
export { headPool, headPoolInput, pixelMean, pixelMeanInput } from './head-pool';
export { pool2, pool2Input } from './pool';
export { classify, classifyInput, classifyWeights, softmax, softmaxInput } from './head';
export { adam, sgd } from './optimiser';
