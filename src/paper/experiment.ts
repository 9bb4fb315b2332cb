import type { RunConfig, Settings } from './config';
import { OPERATIONS } from './operation';
import { DEFAULT_SETTINGS, regimeLabel } from './regime';
import { resolveConfig } from './resolve';
import { wouldRise } from './schedule';

/** What an arm changes of the paper's baseline. */
export interface Arm {
  readonly regime: Partial<Pick<Settings, 'ops' | 'swap' | 'warmup' | 'l2'>>;
  /** Rates of its own in the paper's terms, before any scaling. */
  readonly rates: { readonly weights?: number; readonly alpha?: number };
  /** Joint epochs over the baseline's. */
  readonly epochsFactor: number;
}

/** One of the paper's experiments on operation selection. */
export interface Experiment {
  readonly number: number;
  /** What it changes, in a few words. */
  readonly title: string;
  readonly arms: readonly Arm[];
  /** What it needs that is not here, so that it has no arms; null when it can be run. */
  readonly missing: string | null;
}

/** The baseline as number 0, then Exp.1-8 of the paper. */
export const EXPERIMENTS: readonly Experiment[] = [
  experiment(0, 'Baseline', [{}]),
  experiment(
    1,
    'Warm-up with alpha frozen',
    [10, 20, 30].map((warmup) => ({ regime: { warmup } })),
  ),
  experiment(
    2,
    'Stronger L2 on alpha',
    [0.005, 0.01].map((l2) => ({ regime: { l2 } })),
  ),
  experiment(3, 'Long warm-up', [{ regime: { warmup: 100 } }]),
  experiment(
    4,
    'Larger rate of alpha',
    [0.001, 0.002, 0.003].map((alpha) => ({ rates: { alpha } })),
  ),
  experiment(5, 'Swapped rates', [{ regime: { swap: true } }]),
  experiment(6, 'No skip-connect', [
    { regime: { ops: OPERATIONS.filter((operation) => operation !== 'skip_connect') } },
  ]),
  experiment(7, 'Ten times the epochs', [
    { rates: { weights: 0.0003, alpha: 0.001 }, epochsFactor: 10 },
  ]),
  {
    ...experiment(8, 'Other search spaces', []),
    missing: 'the search spaces of NAS-Bench-1Shot1',
  },
];

/** The frame in which an arm runs: method, scale, and the baseline's joint epochs. */
export type Frame = Pick<Settings, 'method' | 'scale' | 'epochs'>;

/** Paper and effective values of an arm; its own rates are scaled as all rates are. */
export function armConfig({ regime, rates, epochsFactor }: Arm, frame: Frame): RunConfig {
  const { method, scale, epochs } = frame;
  const settings = { ...DEFAULT_SETTINGS, ...regime, method, scale };
  const { paper, effective } = resolveConfig({ ...settings, epochs: epochs * epochsFactor });
  const { weightFactor, alphaFactor } = effective.scale;
  const { weights: weightRate = paper.weights.rate, alpha: alphaRate = paper.alpha.rate } = rates;
  const schedule = wouldRise({ ...paper.weights, rate: weightRate })
    ? 'constant'
    : paper.weights.schedule;
  return {
    paper: {
      ...paper,
      weights: { ...paper.weights, rate: weightRate, schedule },
      alpha: { ...paper.alpha, rate: alphaRate },
    },
    effective: {
      ...effective,
      weights: { ...effective.weights, rate: weightRate * weightFactor, schedule },
      alpha: { ...effective.alpha, rate: alphaRate * alphaFactor },
    },
  };
}

/** A short name that tells the arm from the others: `warm-up 30`, `alpha rate 0.002`. */
export function armLabel({ regime, rates }: Arm): string {
  const parts = [
    ...(rates.weights === undefined ? [] : [`weight rate ${rates.weights}`]),
    ...(rates.alpha === undefined ? [] : [`alpha rate ${rates.alpha}`]),
  ];
  const label = regimeLabel({ ...DEFAULT_SETTINGS, ...regime });
  if (parts.length === 0) return label;
  return label === 'baseline' ? parts.join(', ') : [label, ...parts].join(', ');
}

function experiment(number: number, title: string, arms: readonly Partial<Arm>[]): Experiment {
  const whole = arms.map((arm): Arm => ({ regime: {}, rates: {}, epochsFactor: 1, ...arm }));
  return { number, title, arms: whole, missing: null };
}
