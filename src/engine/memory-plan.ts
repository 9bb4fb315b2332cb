import { CLASSES } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { countingKernels } from './counting';
import { METHODS } from './method/registry';
import { Supernet } from './supernet';

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
  const { channels, cells, resolution, batch } = config.scale;
  const { ops, method } = config;
  const k = countingKernels();
  const architecture = { channels, cells, resolution, ops, classes: CLASSES };
  const supernet = new Supernet(k, architecture, recompute);
  const { size } = supernet.layout;
  const vector = () => k.allocate([size]);
  const table = () => k.allocate([6, ops.length]);
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
    METHODS[method].step(k, supernet, state, input);
    return { keep: [], value: undefined };
  });
  return { bytes: k.peakBytes, largest: k.largestBytes, recompute };
}
