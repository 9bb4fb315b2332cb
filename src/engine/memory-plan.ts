import type { EffectiveConfig } from '../paper/config';
import { epochImages } from '../paper/method/recipe';
import { METHOD_FACTS } from '../paper/method/registry';
import { probe } from './alpha-probe';
import { countingKernels } from './counting';
import { createNetwork } from './create-network';
import type { Device } from './device';
import { sizeOfStep, stepsOf } from './epoch-plan';
import { sizeOf, type Tensor } from './kernels';
import { METHODS } from './method/registry';
import {
  plannedFeed,
  plannedNoise,
  plannedProbe,
  plannedShelf,
  plannedTrial,
} from './planned-feed';

export interface MemoryPlan {
  /** Of all GPU buffers; on other backends of all tensors at the peak of a bilevel step. */
  readonly bytes: number;
  /** Bytes of the largest tensor. */
  readonly largest: number;
  /** Cells are computed twice, see `Supernet`. */
  readonly recompute: boolean;
}

/**
 * The memory that training takes, told by going through its steps without computing them. Where it is
 * more than the device has to spare, cells are computed twice, which takes less.
 */
export function planMemory(
  config: EffectiveConfig,
  { limits, gpu }: Pick<Device, 'gpu' | 'limits'>,
): MemoryPlan {
  const plain = count(config, gpu, false);
  return plain.bytes <= limits.total ? plain : count(config, gpu, true);
}

/** The same course as a run's: the state is made, steps and evaluation are prepared, all is read. */
function count(config: EffectiveConfig, gpu: Device['gpu'], recompute: boolean): MemoryPlan {
  const { resolution, batch, images } = config.scale;
  const { method, stepsPerEpoch, eta, options = [] } = config;
  const { k, bufferBytes } = countingKernels(gpu);
  const network = createNetwork(k, config, recompute);
  const vector = () => k.allocate([network.layout.size]);
  const table = () => k.allocate(network.alphaShape);
  return k.scope(() => {
    const sgd = { weights: vector(), momentum: vector() };
    const adam = { alpha: table(), first: table(), second: table() };
    const trail = k.allocate([stepsPerEpoch, sizeOf(network.alphaShape)]);
    const totals = k.allocate([5]);

    const feed = (steps: number) => plannedFeed(k, gpu, config.scale, steps);
    const shelf = (count: number) => plannedShelf(k, gpu, { resolution, count });
    const trained = epochImages(method, config.scale);
    const weights = shelf(trained);
    // Where all images are trained on, both levels share them.
    const shelves = { weights, alpha: trained === images ? shelf(images) : weights };
    const epoch = feed(stepsPerEpoch);
    const { noise: source } = METHODS[method];
    const alphas = sizeOf(network.alphaShape);
    const noise = source && plannedNoise(k, gpu, source.width(alphas), stepsPerEpoch);
    const { candidates, evaluates, trainsAlpha } = METHOD_FACTS[method];
    const train = epoch.open(shelves.weights);
    const valid = trainsAlpha ? epoch.open(shelves.alpha) : null;
    const steps = stepsOf(config.scale);
    const evaluation = feed(steps);
    const clean = evaluation.open(shelves.alpha);
    const tried = [candidates, METHODS[method].policy?.cells ?? 0].filter((cells) => cells > 0);
    const trials = tried.map((cells) => plannedTrial(k, gpu, config, shelves.alpha, alphas, cells));
    const cell = evaluates === 'cell' ? table() : null;
    // A short last batch has shapes of its own.
    const sizes = new Set([batch, sizeOfStep(config.scale, steps - 1)]);
    const scoped = (body: () => void) =>
      k.scope(() => {
        body();
        return { keep: [], value: undefined };
      });
    for (const size of sizes) {
      scoped(() => {
        const { clock } = epoch;
        const drawn = noise ? k.fused.methods.noise(noise, clock) : null;
        const batches = { train: train(size), valid: valid?.(size) ?? null };
        const input = {
          ...batches,
          clock,
          noise: drawn,
          options,
          ...(eta !== undefined && { eta }),
        };
        METHODS[method].step(k, network, { sgd, adam }, input);
        METHODS[method].logits?.(k, adam.alpha);
      });
    }
    for (const trial of trials) {
      scoped(() => {
        const { images, p } = trial.draw();
        network.forward(sgd.weights, k.view(p, network.alphaShape), images, { sparse: true });
      });
    }
    for (const size of sizes) {
      scoped(() => {
        const p = cell ?? METHODS[method].mixture(k, network, adam.alpha);
        network.forward(sgd.weights, p, clean(size), { sparse: true });
      });
    }
    if (config.hessian) {
      const planned = plannedProbe(k, gpu, config, shelves.alpha, alphas);
      for (const size of sizes) {
        scoped(() => {
          const { images, tables } = planned.draw(size);
          probe(k, network, sgd.weights, images, tables);
        });
      }
    }
    const { largestBytes: largest, peakBytes } = k;
    // What is read from a GPU goes by way of a buffer of its size that stays for the next time.
    const results = trials.map((trial) => trial.results);
    const read: readonly Tensor[] = [sgd.weights, adam.alpha, trail, totals, ...results];
    const readBytes = read.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    const bytes = gpu ? bufferBytes() + readBytes : peakBytes;
    return { keep: [], value: { bytes, largest, recompute } };
  });
}
