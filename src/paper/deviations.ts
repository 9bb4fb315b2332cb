import type { Deviation, RunConfig } from './config';
import { armOf } from './experiment/config';
import { epochImages } from './method/recipe';
import { METHOD_FACTS } from './method/registry';
import { isOneShot } from './space/space';

/**
 * Every way in which a run differs from what the paper did, or settles what the paper leaves open.
 * Changes that the paper itself makes between its experiments (swap,
 * warm-up, L2, operations) are regimes, not deviations.
 */
export function deviations(config: RunConfig): Deviation[] {
  return [
    ...sizeDeviations(config),
    ...rateDeviations(config),
    ...openPoints(config),
    ...ofStages(config),
    ...EVALUATION,
    ...alphaBudget(config),
    ...(isOneShot(config.effective.space) ? OF_ONE_SHOT : of201(config)),
    ...ofMethod(config),
    ...RANDOMNESS,
  ];
}

function sizeDeviations(config: RunConfig): Deviation[] {
  const { paper, effective } = config;
  const { scale, epochs } = effective;
  const cost = 'So that a search fits a browser tab.';
  const half = METHOD_FACTS[effective.method].data === 'halves' ? ' a half' : '';
  return [
    differing('channels', `C = ${paper.channels}`, `C = ${scale.channels}`, cost),
    differing(
      'cells',
      `N = ${paper.cells} cells a stage`,
      `N = ${scale.cells} cells a stage`,
      cost,
    ),
    differing(
      'resolution',
      `${paper.resolution}×${paper.resolution} pixels`,
      `${scale.resolution}×${scale.resolution} pixels`,
      'Means of 2×2 pixels, repeated; the random crop’s border shrinks with the image.',
    ),
    differing(
      'images',
      `${grouped(paper.images)} images${half}`,
      `${grouped(epochImages(effective.method, scale))} images${half}`,
      'The first images of each half of the benchmark’s own split.',
    ),
    differing('batch', `batches of ${paper.batch}`, `batches of ${scale.batch}`, 'Chosen here.'),
    differing(
      'epochs',
      `${paperEpochs(config)} joint epochs`,
      `${epochs} joint epochs`,
      'Chosen here; a cosine spans the chosen number.',
    ),
  ].flat();
}

/** What the paper trains: an experiment of its own, or else what the method's own paper has. */
function paperEpochs(config: RunConfig): number {
  const own = METHOD_FACTS[config.paper.method].epochs;
  return config.paper.method === 'darts-v1' ? (armOf(config)?.values.epochs ?? own) : own;
}

function rateDeviations({ paper, effective }: RunConfig): Deviation[] {
  const { scale, weights, alpha } = effective;
  const shortfall = scale.alphaFactor / scale.weightFactor;
  return [
    differing(
      'weight-rate',
      `weight rate ${figure(paper.weights.rate)}`,
      `weight rate ${figure(weights.rate)}`,
      `k_w = ${figure(scale.weightFactor)}, the same in every regime: fewer steps need larger ones ` +
        'to cover as much ground, as far as training stays stable.',
    ),
    differing(
      'alpha-rate',
      `alpha rate ${figure(paper.alpha.rate)}`,
      `alpha rate ${figure(alpha.rate)}`,
      `k_a = ${figure(scale.alphaFactor)}, the same in every regime: keeps rate times steps what ` +
        'it is at full scale.',
    ),
    differing(
      'rate-ratio',
      'weight budget : alpha budget as published',
      `that ratio ${shortfall > 1 ? 'divided' : 'multiplied'} by ${figure(Math.max(shortfall, 1 / shortfall))}`,
      'k_w and k_a differ; every regime’s ratio changes alike.',
      scale.weightFactor !== scale.alphaFactor,
    ),
  ].flat();
}

function openPoints({ paper, effective }: RunConfig): Deviation[] {
  const { weights } = effective;
  return [
    differing(
      'weight-schedule',
      'schedule of the swapped weight rate not given; the default cosine would rise to 0.001',
      'constant',
      `A cosine from ${figure(paper.weights.rate)} to ${figure(paper.weights.rateMin)} climbs; the ` +
        'paper speaks of a fixed rate.',
      // Where the paper calls a rate fixed (Exp.7), a constant one is no choice of ours.
      effective.swap && weights.schedule === 'constant',
    ),
    differing(
      'alpha-schedule',
      'schedule of the swapped alpha rate not given',
      'constant',
      'Alpha’s rate is constant in every other experiment.',
      effective.swap,
    ),
    differing(
      'warmup-schedule',
      'weight rate during the warm-up not given',
      `constant ${figure(weights.rate)} while alpha is frozen, then the schedule of the joint epochs`,
      'The joint epochs then run as in the baseline.',
      effective.warmup > 0,
    ),
    differing(
      'early-stop',
      'no peak detector given for SS, Algorithm 1; the results are read after all epochs',
      effective.stop?.rule === 'ss'
        ? `ends after ${effective.stop.patience} joint epochs without a new maximum of ${effective.stop.operation}`
        : '',
      'Chosen here; the cell is that of the maximum.',
      effective.stop?.rule === 'ss',
    ),
    differing(
      'hessian',
      'the Hessian by automatic differentiation (DARTS-ES)',
      'by central differences of gradients, 0.005 apart, with every ReLU held as it is at alpha',
      'The kernels have first derivatives alone. Of PyTorch’s eigenvalues it misses less than 0.03 %.',
      effective.hessian === true,
    ),
  ].flat();
}

function alphaBudget({ paper, effective }: RunConfig): Deviation[] {
  const full = Math.ceil(paper.images / paper.batch);
  const budget = (effective.stepsPerEpoch * effective.scale.alphaFactor) / full;
  return differing(
    'alpha-budget',
    `${full} steps in an epoch`,
    `alpha’s rate times steps is ${figure(budget)} times what it is there`,
    'k_a, which all spaces and methods share, is made for the 391 steps of DARTS-V1 in ' +
      'NAS-Bench-201. The ratio of the budgets is that of the other experiments.',
    Math.abs(budget - 1) > 1e-6,
  );
}

/** What alphas for each stage differ in from the paper's searches. */
function ofStages({ effective }: RunConfig): readonly Deviation[] {
  return differing(
    'stages',
    'one alpha for the cells of all stages',
    'alphas, and a derived cell, for each stage',
    'As DARTS+ has them, to see how skip-connects lie by depth.',
    effective.space === 'nas-bench-201-stages',
  );
}

/** What the spaces of NAS-Bench-1Shot1 add. */
const OF_ONE_SHOT: readonly Deviation[] = [
  {
    key: 'split',
    paper: 'the first and the last 25,000 training images in the order of their files',
    here: 'the halves of NAS-Bench-201',
    why: 'One set of images serves all experiments.',
  },
];

function of201({ effective }: RunConfig): readonly Deviation[] {
  return METHOD_FACTS[effective.method].clipsAlpha ? [CLIP_NORM, ...OF_201] : OF_201;
}

/** Of a method and its options that are on; an option speaks in the place of the method. */
function ofMethod({ effective: { method, options = [] } }: RunConfig): readonly Deviation[] {
  const { deviations: own, options: facts = {} } = METHOD_FACTS[method];
  const added = options.flatMap((option) => facts[option]?.deviations ?? []);
  return [...own.filter(({ key }) => added.every((other) => other.key !== key)), ...added];
}

const CLIP_NORM: Deviation = {
  key: 'clip-norm',
  paper: 'alpha’s gradient counts in the norm that clips the weights’ gradient',
  here: 'the weights’ gradient alone',
  why: 'A side effect of the benchmark’s code, small, and absent from the original DARTS.',
};

/** True of every run in NAS-Bench-201, whatever its settings. */
const OF_201: readonly Deviation[] = [
  {
    key: 'convolution-bias',
    paper: 'biases in the cells’ convolutions are trained and decayed',
    here: 'counted and decayed, but left out of the forward pass',
    why: 'The batch norm behind each convolution subtracts its bias again: no loss depends on it.',
  },
];

/** True of every run, whatever its settings and its space. */
const EVALUATION: readonly Deviation[] = [
  {
    key: 'evaluation-statistics',
    paper: 'supernet evaluated with running statistics where batch norm tracks them',
    here: 'batch statistics',
    why: 'They are those of the weights being evaluated. Training always used batch statistics.',
  },
];
const RANDOMNESS: readonly Deviation[] = [
  {
    key: 'random-numbers',
    paper: 'PyTorch’s generator; the paper’s seeds are not published',
    here: 'our own seeded generator',
    why: 'A seed then gives the same run in every browser; it is not any run of the paper.',
  },
];

/** One deviation where the two sides differ (or `when` says so), none otherwise. */
function differing(
  key: string,
  paper: string,
  here: string,
  why: string,
  when = paper !== here,
): Deviation[] {
  return when ? [{ key, paper, here, why }] : [];
}

/** Four significant digits, no trailing zeros. */
function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
