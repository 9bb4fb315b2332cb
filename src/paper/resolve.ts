import type {
  AlphaOptimiser,
  MethodName,
  PaperConfig,
  RunConfig,
  Scale,
  Settings,
  WeightOptimiser,
} from './config';
import { epochImages, recipeOf } from './method/recipe';
import { METHOD_FACTS } from './method/registry';
import type { RatePair } from './method/method';
import { scaleByName, stepsPerEpoch } from './scale';
import { wouldRise } from './schedule';
import { isOneShot, type NamedSpaceKey } from './space/space';

export interface Optimisers {
  readonly weights: WeightOptimiser;
  readonly alpha: AlphaOptimiser;
}

/** Images of the paper's own runs on CIFAR-10 have so many pixels along a side. */
const PAPER_RESOLUTION = 32;

/** The spaces' own defaults, which agree in all but the decay; L2 is the regime's. */
const PAPER_WEIGHTS: Omit<WeightOptimiser, 'decay'> = {
  rate: 0.025,
  rateMin: 0.001,
  schedule: 'cosine',
  momentum: 0.9,
  clip: 5,
};
const PAPER_ALPHA: Omit<AlphaOptimiser, 'l2'> = {
  rate: 3e-4,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-8,
  init: 1e-3,
};

/** The parts of the settings on which the optimisers depend, and which may change in mid-run. */
type LiveSettings = Pick<Settings, 'swap' | 'l2'>;

/**
 * Paper and effective values of a run. Rates are swapped first and scaled after it: the weight rate
 * and its minimum by k_w, alpha's rate by k_a, so both arms of a comparison share the factors.
 *
 * @throws ScaleError when the scale does not exist.
 */
export function resolveConfig(settings: Settings): RunConfig {
  const { method, swap, warmup, epochs, eta, options, stop } = settings;
  const space: NamedSpaceKey | undefined = settings.stages
    ? 'nas-bench-201-stages'
    : settings.space;
  const hessian = settings.hessian ?? (stop?.rule === 'es' || undefined);
  const ops = [...settings.ops];
  const scale = scaleByName(settings.scale);
  // Keys that do not apply are absent: digests of such runs stay what they were.
  const shared = {
    method,
    ...(space && { space }),
    ops,
    swap,
    warmup,
    epochs,
    ...(eta !== undefined && eta !== METHOD_FACTS[method].eta && { eta }),
    ...(options && { options }),
    ...(stop && { stop }),
    ...(hessian && { hessian }),
  };
  const { batch, channels, cells, images } = recipeOf(settings);
  const paper: PaperConfig = {
    ...shared,
    batch,
    channels,
    cells,
    resolution: PAPER_RESOLUTION,
    images,
    ...paperOptimisers(settings),
  };
  return {
    paper,
    effective: {
      ...shared,
      scale,
      stepsPerEpoch: stepsPerEpoch({ ...scale, images: epochImages(method, scale) }),
      ...scaled(paperOptimisers(settings), scale),
    },
  };
}

/** The settings from which {@link resolveConfig} makes this configuration. */
export function settingsOf({ paper, effective }: RunConfig): Settings {
  const { method, space, ops, swap, warmup, epochs, eta, options, stop, hessian } = effective;
  return {
    method,
    ...(isOneShot(space) && { space }),
    ops: [...ops],
    swap,
    warmup,
    epochs,
    l2: paper.alpha.l2,
    scale: effective.scale.name,
    ...(eta === undefined ? {} : { eta }),
    ...(options && { options }),
    ...(stop === undefined ? {} : { stop }),
    ...(hessian && { hessian }),
    ...(space === 'nas-bench-201-stages' && { stages: true }),
  };
}

/**
 * Effective optimisers of a run with the swap and L2 that are in force, which may have changed in
 * mid-run. Only these two change; moments and momentum stay. A run with rates of its own exchanges
 * those.
 */
export function liveOptimisers(
  { paper, effective }: RunConfig,
  { swap, l2 }: LiveSettings,
): Optimisers {
  const { method, weights, alpha } = paper;
  const own = { weights: weights.rate, alpha: alpha.rate };
  const { swapped } = METHOD_FACTS[method];
  const other = swapped ? methodRates(method, swap) : exchanged(own);
  const rates = swap === paper.swap ? own : other;
  return scaled(optimisersOf(method, rates, l2, weights.decay), effective.scale);
}

/** The paper's optimisers after the swap, at full scale. */
function paperOptimisers({ method, swap, l2, ...settings }: Settings): Optimisers {
  const { decay } = recipeOf({ method, ...settings });
  return optimisersOf(method, methodRates(method, swap), l2, decay);
}

function methodRates(method: MethodName, swap: boolean): RatePair {
  const { weights, alpha, swapped } = METHOD_FACTS[method];
  const rates = {
    weights: weights.rate ?? PAPER_WEIGHTS.rate,
    alpha: alpha.rate ?? PAPER_ALPHA.rate,
  };
  return swap ? (swapped ?? exchanged(rates)) : rates;
}

function exchanged({ weights, alpha }: RatePair): RatePair {
  return { weights: alpha, alpha: weights };
}

function optimisersOf(method: MethodName, rates: RatePair, l2: number, decay: number): Optimisers {
  const facts = METHOD_FACTS[method];
  return {
    weights: neverRising({ ...PAPER_WEIGHTS, ...facts.weights, decay, rate: rates.weights }),
    alpha: { ...PAPER_ALPHA, ...facts.alpha, rate: rates.alpha, l2: facts.l2 ? l2 : 0 },
  };
}

function scaled({ weights, alpha }: Optimisers, scale: Scale): Optimisers {
  return {
    weights: neverRising({
      ...weights,
      rate: weights.rate * scale.weightFactor,
      rateMin: weights.rateMin * scale.weightFactor,
    }),
    alpha: { ...alpha, rate: alpha.rate * scale.alphaFactor },
  };
}

/**
 * The benchmark's formula anneals to 0.001 from wherever it starts; from the swapped 0.0003 it would
 * climb. The paper calls such rates fixed, so they are constant here.
 */
function neverRising(weights: WeightOptimiser): WeightOptimiser {
  return wouldRise(weights) ? { ...weights, schedule: 'constant' } : weights;
}
