import type { RunConfig, Settings } from '../config';
import { resolveConfig } from '../resolve';
import { isOneShot } from '../space/space';
import { armByKey, armWith, valuesOf, type Arm, type ArmKey } from './arm';

/** An arm at a scale, in place of settings: these cannot say its rates and schedules. */
export interface ArmSettings {
  readonly arm: ArmKey;
  readonly scale: string;
}

/**
 * Paper and effective configuration of an arm: the paper's rates, the weight rate and its minimum
 * times k_w, alpha's rate times k_a.
 *
 * @throws ScaleError when the scale does not exist.
 */
export function armConfig({ values }: Arm, scale: string): RunConfig {
  const { paper, effective } = resolveConfig({
    method: values.method,
    ...(values.eta !== null && { eta: values.eta }),
    ...(isOneShot(values.space) && { space: values.space }),
    ...(values.space === 'nas-bench-201-stages' && { stages: true }),
    ops: values.ops,
    swap: values.swap,
    warmup: values.warmup,
    epochs: values.epochs,
    l2: values.l2,
    ...(values.hessian && { hessian: true }),
    scale,
  });
  const { weightFactor, alphaFactor } = effective.scale;
  const schedule = values.weightSchedule;
  return {
    paper: {
      ...paper,
      weights: { ...paper.weights, rate: values.weightRate, schedule },
      alpha: { ...paper.alpha, rate: values.alphaRate },
    },
    effective: {
      ...effective,
      weights: { ...effective.weights, rate: values.weightRate * weightFactor, schedule },
      alpha: { ...effective.alpha, rate: values.alphaRate * alphaFactor },
    },
  };
}

/**
 * The configuration of a run, whichever way it was asked for.
 *
 * @throws ScaleError when the scale does not exist.
 */
export function configFor(settings: Settings | ArmSettings): RunConfig {
  return 'arm' in settings
    ? armConfig(armByKey(settings.arm), settings.scale)
    : resolveConfig(settings);
}

/**
 * The arm to which a run of this configuration belongs, whatever its scale; null for
 * none, and for a search that ends itself: its length is its own.
 */
export function armOf({ paper }: Pick<RunConfig, 'paper'>): Arm | null {
  return paper.stop === undefined ? armWith(valuesOf(paper)) : null;
}
