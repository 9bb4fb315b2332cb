import type { RunConfig } from './config';
import { etaOf, optionsOf } from './method/recipe';
import { METHOD_FACTS } from './method/registry';
import { NAS_BENCH_201 } from './space/nas-bench-201';
import { spaceOf } from './space/registry';

/** One line of the honesty panel: a setting as the paper has it and as it is here. */
export interface SettingRow {
  /** Paths in the effective configuration that the row tells, as `weights.rate`. */
  readonly keys: readonly string[];
  readonly name: string;
  readonly paper: string;
  readonly here: string;
}

/**
 * Every setting of a run, line by line: the paper's own value (or the benchmark's code, which it
 * uses), and what the engine is given. A key of the configuration without a row is an error of ours,
 * which a test finds.
 */
export function settingRows({ paper, effective }: RunConfig): SettingRow[] {
  const { scale, weights, alpha, stop } = effective;
  const space = spaceOf(effective);
  // Alphas for each stage are not the paper's.
  const papersSpace = space.stage ? NAS_BENCH_201 : spaceOf(paper);
  const row = (keys: string | readonly string[], name: string, there: unknown, here: unknown) => ({
    keys: typeof keys === 'string' ? [keys] : keys,
    name,
    paper: words(there),
    here: words(here),
  });
  const eta = etaOf(effective);
  const { options = [] } = effective;
  return [
    row('method', 'Search method', paper.method, effective.method),
    row('space', 'Search space', papersSpace.label, space.label),
    row('ops', 'Candidate operations', paper.ops, effective.ops),
    row('swap', 'Rates swapped', paper.swap, effective.swap),
    row('warmup', 'Epochs with alpha frozen', paper.warmup, effective.warmup),
    row('epochs', 'Joint epochs', paper.epochs, effective.epochs),
    row('scale.name', 'Scale', 'full', scale.name),
    row('scale.channels', 'Channels of the first stage, C', paper.channels, scale.channels),
    row('scale.cells', 'Cells a stage, N', paper.cells, scale.cells),
    row('scale.resolution', 'Pixels along a side', paper.resolution, scale.resolution),
    row('scale.images', 'Images a half', paper.images, scale.images),
    row('scale.batch', 'Images a batch', paper.batch, scale.batch),
    row(
      'stepsPerEpoch',
      'Bilevel steps an epoch',
      Math.ceil(paper.images / paper.batch),
      effective.stepsPerEpoch,
    ),
    row('scale.weightFactor', 'Factor of the weight rate, k_w', 1, scale.weightFactor),
    row('scale.alphaFactor', 'Factor of alpha’s rate, k_a', 1, scale.alphaFactor),
    row('weights.rate', 'Weights: rate', paper.weights.rate, weights.rate),
    row('weights.rateMin', 'Weights: least rate', paper.weights.rateMin, weights.rateMin),
    row('weights.schedule', 'Weights: schedule', paper.weights.schedule, weights.schedule),
    row('weights.momentum', 'Weights: momentum', paper.weights.momentum, weights.momentum),
    row('weights.decay', 'Weights: decay', paper.weights.decay, weights.decay),
    row('weights.clip', 'Weights: largest gradient norm', paper.weights.clip, weights.clip),
    row('alpha.rate', 'Alpha: rate', paper.alpha.rate, alpha.rate),
    row(['alpha.beta1', 'alpha.beta2'], 'Alpha: Adam’s betas', betas(paper.alpha), betas(alpha)),
    row('alpha.epsilon', 'Alpha: Adam’s epsilon', paper.alpha.epsilon, alpha.epsilon),
    row(
      'alpha.l2',
      options.includes('kl') ? 'Alpha: weight of the KL divergence' : 'Alpha: L2',
      paper.alpha.l2,
      alpha.l2,
    ),
    row('alpha.init', 'Alpha: deviation at the start', paper.alpha.init, alpha.init),
    ...(eta === null
      ? []
      : [row('eta', 'Weight of the second-order term, η', METHOD_FACTS[paper.method].eta, eta)]),
    ...(optionsOf(effective.method).length === 0
      ? []
      : [row('options', 'Options of the method', 'none', options.length === 0 ? 'none' : options)]),
    row(
      ['stop.rule', 'stop.operation', 'stop.patience'],
      'Stops early',
      'no, read after all epochs',
      stop === undefined
        ? 'no'
        : stop.rule === 'es'
          ? 'when the Hessian’s largest eigenvalue has grown by more than 30 %'
          : `${stop.patience} epochs after the last maximum of ${stop.operation}`,
    ),
    row('hessian', 'Hessian by alpha measured', 'no, but for DARTS-ES', effective.hessian ?? false),
  ];
}

/** Whether a setting is the paper's. */
export function isPapers({ paper, here }: SettingRow): boolean {
  return paper === here || (here === 'no' && paper.startsWith('no,'));
}

function betas({ beta1, beta2 }: { readonly beta1: number; readonly beta2: number }): number[] {
  return [beta1, beta2];
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
