import { BINARY } from './binary';

/** The functions of `assembly/`: their docstrings say what the arguments are. Tensors are addresses. */
export type WasmCode = Readonly<
  Record<
    | 'rectified'
    | 'rectifiedSums'
    | 'rectifiedInput'
    | 'maxPool'
    | 'maxPoolInput'
    | 'maxPoolSpace'
    | 'copyChannels'
    | 'conv'
    | 'convInput'
    | 'convSpace'
    | 'convFilter'
    | 'convFilterSpace'
    | 'moments'
    | 'finishMoments'
    | 'norm'
    | 'normInput'
    | 'normSums'
    | 'normSpace'
    | 'mix'
    | 'mixSums'
    | 'mixConvs'
    | 'mixInput'
    | 'mixSpace'
    | 'pool2'
    | 'pool2Input'
    | 'headPool'
    | 'headPoolInput'
    | 'pixelMean'
    | 'pixelMeanInput'
    | 'classify'
    | 'classifyInput'
    | 'classifyWeights'
    | 'softmax'
    | 'softmaxInput'
    | 'sgd'
    | 'adam',
    (...values: readonly number[]) => number
  >
>;

/** Starts our code on a memory; it has none of its own. */
export async function startCode(memory: WebAssembly.Memory): Promise<WasmCode> {
  const bytes = Uint8Array.from(atob(BINARY), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return instance.exports as unknown as WasmCode;
}
