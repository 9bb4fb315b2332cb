import type { EffectiveConfig } from '../paper/config';
import { countingKernels } from './counting';
import { createNetwork } from './create-network';
import { METHODS } from './method/registry';

export interface MemoryPlan {
  /** Bytes of all tensors at the peak of a bilevel step, parameters and images of a batch included. */
  readonly bytes: number;
  /** Bytes of the largest tensor. */
  readonly largest: number;
  /** Cells are computed twice, see `Supernet`. */
  readonly recompute: boolean;
}

/**
 * The memory that training takes, told by going through a bilevel step without computing it.
 *
 * @param budget bytes at hand: beyond them cells are computed twice, which takes less
 */
export function planMemory(config: EffectiveConfig, budget: number): MemoryPlan {
  const plain = count(config, false);
  if (plain.bytes <= budget) return plain;
  return count(config, true);
}

function count(config: EffectiveConfig, recompute: boolean): MemoryPlan {
  const { resolution, batch } = config.scale;
  const k = countingKernels();
  const network = createNetwork(k, config, recompute);
  const { size } = network.layout;
  const vector = () => k.allocate([size]);
  const table = () => k.allocate(network.alphaShape);
  k.scope(() => {
    const state = {
      sgd: { weights: vector(), momentum: vector() },
      adam: { alpha: table(), first: table(), second: table() },
    };
    const images = () => ({
      images: k.allocate([batch, resolution, resolution, 3]),
      labels: k.allocate([batch], 'int32'),
    });
    const clock = { step: 0, rows: new Float32Array(0), table: null, counter: null };
    const input = { train: images(), valid: images(), clock };
    METHODS[config.method].step(k, network, state, input);
    return { keep: [], value: undefined };
  });
  return { bytes: k.peakBytes, largest: k.largestBytes, recompute };
}
